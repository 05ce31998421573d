/* The texts of a page with less than 4.5 : 1 (WCAG AA) between letters and paper. Evaluated in the page. */
(() => {
  const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (colour) => {
    const [red = 0, green = 0, blue = 0] = channels(colour).map((channel) =>
      channel / 255 <= 0.03928 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const paperOf = (element) => {
    if (element === null) return "rgb(255, 255, 255)";
    const { backgroundColor } = getComputedStyle(element);
    return channels(backgroundColor)[3] === 0 ? paperOf(element.parentElement) : backgroundColor;
  };
  return [...document.querySelectorAll("body *:not(script, svg *)")].flatMap((element) => {
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (!own || element.offsetParent === null) return [];
    const [ink, paper] = [luminance(getComputedStyle(element).color), luminance(paperOf(element))];
    const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    return contrast < 4.5 ? [`${contrast.toFixed(2)}: ${element.textContent.trim().slice(0, 40)}`] : [];
  });
})();
