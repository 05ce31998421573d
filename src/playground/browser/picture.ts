/** The picture of a network's blocks: buttons to delete and to move them, by pointer and by keyboard. */
import { type Anatomy, type Cut, inWords, neighbour } from "./cut";

/** What a reader does to a block. */
export interface Actions {
  toggle(block: number): void;
  /** To the place of another block of its group. */
  move(block: number, to: number): void;
  /** A block has the focus. */
  select(block: number): void;
}

/** Draws all blocks; the buttons stay the same while a network is cut, so that the focus does. */
export class Picture {
  private readonly buttons = new Map<number, HTMLButtonElement>();
  private cut: Cut | undefined;

  constructor(
    place: HTMLElement,
    private readonly anatomy: Anatomy,
    private readonly actions: Actions,
  ) {
    place.replaceChildren(
      ...anatomy.stages.map(({ name, shape, blocks }) => {
        const stage = document.createElement("div");
        stage.className = "stage";
        const label = document.createElement("p");
        label.textContent = `${name[0]!.toUpperCase()}${name.slice(1)}: ${shape}`;
        const row = document.createElement("div");
        row.className = "blocks";
        row.append(...blocks.map((block) => this.button(block)));
        stage.append(label, row);
        return stage;
      }),
    );
    this.buttons.get(0)!.tabIndex = 0;
  }

  /** Shows a cut. */
  show(cut: Cut): void {
    this.cut = cut;
    const focused = document.activeElement;
    for (const { blocks } of this.anatomy.stages) {
      const row = this.buttons.get(blocks[0]!)!.parentElement!;
      const places = cut.order.filter((block) => blocks.includes(block));
      const wanted = places.map((block) => this.buttons.get(block)!);
      if (wanted.some((button, i) => row.children[i] !== button)) row.append(...wanted);
    }
    if (focused instanceof HTMLElement && document.activeElement !== focused) focused.focus();
    for (const [block, button] of this.buttons) {
      if (this.anatomy.deletable.has(block)) button.setAttribute("aria-pressed", String(cut.deleted.has(block)));
      button.classList.toggle("moved", cut.order[block] !== block);
    }
  }

  private button(block: number): HTMLButtonElement {
    const { architecture, deletable, group, changesShape } = this.anatomy;
    const { name, shortcut } = architecture.blocks[block]!;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "block";
    button.tabIndex = -1;
    button.dataset.block = name;
    const words = inWords(name);
    if (deletable.has(block)) button.setAttribute("aria-label", `delete ${words}`);
    else {
      button.setAttribute("aria-disabled", "true");
      button.setAttribute("aria-label", `${words}, cannot be deleted: it changes the shape, and has no skip`);
    }
    if (group.has(block)) button.setAttribute("aria-keyshortcuts", "Shift+ArrowLeft Shift+ArrowRight");
    button.classList.toggle("movable", group.has(block));
    button.innerHTML = drawing(
      shortcut !== null,
      changesShape.has(block),
      name.split("/").at(-1)!.replace("block", ""),
    );
    this.listen(button, block);
    this.buttons.set(block, button);
    return button;
  }

  private listen(button: HTMLButtonElement, block: number): void {
    let dragged = false;
    button.addEventListener("click", () => {
      if (!dragged) this.actions.toggle(block);
      dragged = false;
    });
    button.addEventListener("focus", () => {
      for (const other of this.buttons.values()) other.tabIndex = other === button ? 0 : -1;
      this.actions.select(block);
    });
    button.addEventListener("keydown", (event) => {
      const { order } = this.cut!;
      const step = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : null;
      const place = order.indexOf(block);
      const target = step !== null ? place + step : { Home: 0, End: order.length - 1 }[event.key];
      if (target === undefined) return;
      event.preventDefault();
      if (!event.shiftKey || step === null) return this.buttons.get(order[target] ?? block)!.focus();
      const other = neighbour(this.anatomy, this.cut!, block, step);
      if (other !== null) this.actions.move(block, other);
    });
    const group = this.anatomy.group.get(block);
    if (group === undefined) return;
    button.addEventListener("pointerdown", (down) => {
      dragged = false;
      if (down.button !== 0) return;
      let target: number | null = null;
      const follow = (event: PointerEvent) => {
        const [x, y] = [event.clientX - down.clientX, event.clientY - down.clientY];
        if (!dragged && Math.abs(x) < 10) return;
        if (!dragged) button.setPointerCapture(down.pointerId);
        dragged = true;
        button.classList.add("dragged");
        button.style.transform = `translate(${x}px, ${y}px)`;
        target =
          group.find((other) => other !== block && contains(this.buttons.get(other)!, event.clientX, event.clientY)) ??
          null;
        for (const other of group) this.buttons.get(other)!.classList.toggle("target", other === target);
      };
      const end = (event: PointerEvent) => {
        button.removeEventListener("pointermove", follow);
        button.removeEventListener("pointerup", end);
        button.removeEventListener("pointercancel", end);
        button.classList.remove("dragged");
        button.style.transform = "";
        for (const other of group) this.buttons.get(other)!.classList.remove("target");
        if (event.type === "pointerup" && dragged && target !== null) this.actions.move(block, target);
      };
      button.addEventListener("pointermove", follow);
      button.addEventListener("pointerup", end);
      button.addEventListener("pointercancel", end);
    });
  }
}

function contains(button: HTMLElement, x: number, y: number): boolean {
  const { left, right, top, bottom } = button.getBoundingClientRect();
  return x >= left && x <= right && y >= top && y <= bottom;
}

/** A block with its branch and its skip; one that changes the shape is narrower behind. */
function drawing(skips: boolean, changesShape: boolean, name: string): string {
  const box = changesShape ? "M13 24L43 31V53L13 60Z" : "M13 26H43V58H13Z";
  const skip = skips
    ? '<path class="skip-line" d="M4 42V18Q4 10 12 10H44Q52 10 52 18V42"/><path class="plus" d="M52 38v8M48 42h8"/>'
    : "";
  return `<svg viewBox="0 0 56 68" aria-hidden="true"><path class="branch-line" d="M0 42H13M43 42H56"/>${skip}
    <path class="identity" d="M0 42H56"/><path class="box" d="${box}"/>
    <text x="28" y="${name.length > 2 ? 46 : 47}" text-anchor="middle"${name.length > 2 ? ' class="long"' : ""}>${name}</text></svg>`;
}
