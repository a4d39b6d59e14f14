// The browser that shows VS Code in tests.

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { onPath } from '../project.mjs';
import { runOrThrow } from '../processes.mjs';
import { step } from '../progress.mjs';

const commands = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const macPrograms = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

const find = () =>
  process.env.CHROMIUM ??
  commands.map(onPath).find((file) => file !== undefined) ??
  macPrograms.find((file) => existsSync(file));

/** The path of Chromium, which is installed from Debian's packages where it is missing. */
export async function installChromium() {
  const present = find();
  if (present !== undefined) return present;
  if (onPath('apt-get') === undefined || process.getuid?.() !== 0) {
    throw new Error(
      'The editor tests need Chromium. Install it (Debian: apt-get install chromium ' +
        'fonts-dejavu-core) or name one in the environment variable CHROMIUM.',
    );
  }
  await step("installing Chromium from Debian's packages", async () => {
    await runOrThrow('apt-get', ['update', '-qq']);
    const packages = ['--no-install-recommends', 'chromium', 'fonts-dejavu-core'];
    await runOrThrow('apt-get', ['install', '-y', '-qq', ...packages], {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    });
  });
  const installed = find();
  if (installed === undefined) throw new Error('apt-get installed no Chromium.');
  return installed;
}

/** Starts Chromium without a window; nothing but the page that a test opens uses the network. */
export async function launchChromium() {
  return chromium.launch({
    executablePath: await installChromium(),
    headless: true,
    // root, as in most containers, cannot have Chromium's sandbox.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
      '--no-first-run',
    ],
    // The tests close it themselves, after the last picture.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}
