/** Exit codes of Linux have 8 bits. Those of Windows have 32, and are known by their hexadecimal form. */
const MAX_LINUX_CODE = 0xffff;

/** Windows' NTSTATUS values that programs end with, and what its own texts call them (ntstatus.h). */
const windowsCodes: Readonly<Record<string, string>> = {
  '0xC0000005': 'access violation',
  '0xC00000FD': 'stack overflow',
  '0xC0000017': 'no memory',
  '0xC0000135': 'DLL not found',
  '0xC0000139': 'entry point not found',
  '0xC0000142': 'DLL initialization failed',
  '0xC000013A': 'Ctrl+C',
  '0xC0000409': 'stack buffer overrun',
  '0xE0434352': 'unhandled .NET exception',
};

/** An exit code as a person looks for it: `137`, `0xC0000005`. Reporters give those of Windows with and without sign. */
export function sayExitCode(exitCode: number): string {
  return Math.abs(exitCode) <= MAX_LINUX_CODE
    ? String(exitCode)
    : `0x${(exitCode >>> 0).toString(16).toUpperCase().padStart(8, '0')}`;
}

/** What Windows calls it. */
export function windowsNameOf(exitCode: number): string | undefined {
  const hex = sayExitCode(exitCode);
  return Object.hasOwn(windowsCodes, hex) ? windowsCodes[hex] : undefined;
}
