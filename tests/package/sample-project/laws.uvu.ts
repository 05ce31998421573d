/** The same under uvu: a law is a function that throws. */
import { deletionKeepsShapes, shapesFollowFormula } from "cnn-findings";
import { test } from "uvu";
import { forkedFamily } from "./my-network";

const options = { runs: 5, secondsAtMost: 200 };

test("the forked network has the shapes that are computed", () => shapesFollowFormula(forkedFamily, options));

test("its blocks can be deleted", () => deletionKeepsShapes(forkedFamily, options));

test.run();
