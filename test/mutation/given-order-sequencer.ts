interface TestFile {
  readonly path: string;
}

/** Sequencer of jest that keeps the order in which test files are named in the environment, separated by colons. */
class GivenOrderSequencer {
  readonly #order = (process.env['TEST_ORDER'] ?? '').split(':');

  sort(tests: readonly TestFile[]): readonly TestFile[] {
    return tests.toSorted((a, b) => this.#order.indexOf(a.path) - this.#order.indexOf(b.path));
  }

  allFailedTests(tests: readonly TestFile[]): readonly TestFile[] {
    return tests;
  }

  /** Nothing of one mutant says anything about the next. */
  cacheResults(): void {}
}

// oxlint-disable-next-line import/no-default-export -- jest takes a sequencer by its default export
export default GivenOrderSequencer;
