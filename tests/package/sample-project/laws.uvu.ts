/** The same under uvu: a law is a function that throws. */
import { deletionKeepsShapes, shapesFollowFormula } from "cnn-findings";
import { test } from "uvu";
import { forkedFamily } from "./my-network";

test("the forked network has the shapes that are computed", () => shapesFollowFormula(forkedFamily, { runs: 5 }));

test("its blocks can be deleted", () => deletionKeepsShapes(forkedFamily, { runs: 5 }));

test.run();
