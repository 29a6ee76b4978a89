import { writeSync } from 'node:fs';

/** Where the process that started the tests reads which file begins. */
const PROGRESS = 3;

interface TestFile {
  readonly path: string;
}

interface RunResults {
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

/**
 * Reporter of jest that ends the process with the first test that fails: a broken source file is noticed then, whatever else would
 * fail. It says which file begins, so that a mutant which spins is ended by the limit of that file.
 */
class FirstFailureReporter {
  onTestFileStart(this: void, { path }: TestFile): void {
    writeSync(PROGRESS, `${path}\n`);
  }

  onTestCaseResult(this: void, _file: TestFile, { status }: { readonly status: string }): void {
    if (status === 'failed') process.exit(1);
  }

  /** What a mutant leaves open must not keep the process. Whether the run is a success is not said yet at this moment. */
  onRunComplete(this: void, _contexts: unknown, results: RunResults): void {
    process.exit(results.numFailedTests + results.numRuntimeErrorTestSuites === 0 ? 0 : 1);
  }
}

// oxlint-disable-next-line import/no-default-export -- jest takes a reporter by its default export
export default FirstFailureReporter;
