import { paint, printError, printLine } from './console';
import { failureText, titleOf, type TestFailure, type TestResult } from './test-results';

/** Tells how tests go, while they run. */
export interface Reporter {
  begin?(): void;
  result(result: TestResult, number: number): void;
  end(results: readonly TestResult[]): void;
}

const failedOf = (results: readonly TestResult[]): number =>
  results.filter(({ failures }) => failures.length > 0).length;

/** Lines for people. */
export const plainReporter: Reporter = {
  result(result) {
    const good = result.failures.length === 0;
    printLine(`${good ? paint('green', 'ok') + '    ' : paint('red', 'failed')} ${titleOf(result)}`);
    for (const failure of result.failures) printError(`  ${failureText(failure)}`);
  },
  end(results) {
    const failed = failedOf(results);
    printLine(paint(failed === 0 ? 'green' : 'red', `${results.length - failed} passed, ${failed} failed`));
  },
};

/** https://testanything.org/tap-version-14-specification.html */
export const tapReporter: Reporter = {
  begin() {
    printLine('TAP version 14');
  },
  result(result, number) {
    const good = result.failures.length === 0;
    printLine(`${good ? 'ok' : 'not ok'} ${number} - ${titleOf(result).replace(/[#\\]/g, '\\$&')}`);
    if (good) return;
    printLine('  ---');
    printLine('  problems:');
    for (const failure of result.failures) printLine(`    - ${JSON.stringify(failureText(failure))}`);
    printLine('  ...');
  },
  end(results) {
    printLine(`1..${results.length}`);
  },
};

/** One JSON object for each test. */
export const jsonReporter: Reporter = {
  result({ file, test, failures, duration }) {
    printLine(JSON.stringify({ file, test, passed: failures.length === 0, duration, failures }));
  },
  end() {
    // Every line stands for itself.
  },
};

/** JUnit XML as Jenkins, GitLab and GitHub actions read it: one suite for each file. */
export function junitXml(results: readonly TestResult[]): string {
  const files = [...new Set(results.map(({ file }) => file))];
  const total = attributes({ tests: results.length, failures: failedOf(results), time: seconds(results) });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${total}>`,
    ...files.map((file) =>
      suite(
        file,
        results.filter((result) => result.file === file),
      ),
    ),
    '</testsuites>',
    '',
  ].join('\n');
}

function suite(file: string, results: readonly TestResult[]): string {
  const about = { name: file, tests: results.length, failures: failedOf(results), time: seconds(results) };
  return [`  <testsuite${attributes(about)}>`, ...results.map(testCase), '  </testsuite>'].join('\n');
}

function testCase(result: TestResult): string {
  const { file, test, failures } = result;
  const about = attributes({ name: test ?? file, classname: file, file, time: seconds([result]) });
  if (failures.length === 0) return `    <testcase${about}/>`;
  return [`    <testcase${about}>`, ...failures.map(failureElement), '    </testcase>'].join('\n');
}

function failureElement(failure: TestFailure): string {
  return `      <failure${attributes({ message: failure.message })}>${escaped(failureText(failure))}</failure>`;
}

const seconds = (results: readonly TestResult[]): string =>
  (results.reduce((sum, { duration }) => sum + duration, 0) / 1000).toFixed(3);

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
};

/** Characters that XML cannot hold at all become U+FFFD. */
function escaped(text: string): string {
  return text
    .replaceAll(/[&<>"\n]/g, (character) => entities[character] ?? character)
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
}
