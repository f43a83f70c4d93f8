// Command lines of SMP clients that others wrote, for the tier that runs them against our tiles.
//
// `mcumgr` is the Go program of Apache Mynewt, which speaks SMP version 1; `smpmgr` is a Python program on the library smpclient, which speaks version 2
// and reads the image file (MCUboot's header and TLVs) before it sends it.

/** One image of a program's list. */
export interface ListedImage {
  slot: number;
  version: string;
  hash: string;
  active: boolean;
  confirmed: boolean;
  pending: boolean;
}

export interface SmpProgram {
  readonly name: string;
  /** Environment variable with the path of the program. */
  readonly variable: string;
  /** Arguments before each command. */
  port(path: string): string[];
  readonly echo: (text: string) => string[];
  readonly list: string[];
  readonly upload: (file: string) => string[];
  readonly test: (hash: string) => string[];
  readonly confirm: string[];
  /** Empties the slot that does not run. */
  readonly erase: (slot: number) => string[];
  readonly reset: string[];
  readonly put: (file: string, name: string) => string[];
  readonly get: (name: string, file: string) => string[];
  readonly shell: (command: string) => string[];
  /** Reads what `list` printed. */
  images(printed: string): ListedImage[];
  /** More commands, each with what it has to print. */
  readonly more: readonly { args: string[]; prints: RegExp }[];
}

const first = (pattern: RegExp, text: string): string => pattern.exec(text)?.[1] ?? "";

export const mcumgr: SmpProgram = {
  name: "mcumgr",
  variable: "GENESIS_MCUMGR",
  port: (path) => ["--conntype", "serial", "--connstring", `dev=${path},baud=115200,mtu=512`],
  echo: (text) => ["echo", text],
  list: ["image", "list"],
  upload: (file) => ["image", "upload", file],
  test: (hash) => ["image", "test", hash],
  confirm: ["image", "confirm"],
  erase: () => ["image", "erase"],
  reset: ["reset"],
  put: (file, name) => ["fs", "upload", file, name],
  get: (name, file) => ["fs", "download", name, file],
  shell: (command) => ["shell", "exec", command],
  images: (printed) => printed.split(/^ image=/m).slice(1).map((part) => {
    const flags = first(/flags: (.*)/, part).split(" ");
    return { slot: Number(first(/slot=(\d+)/, part)), version: first(/version: (\S+)/, part), hash: first(/hash: (\w+)/, part), active: flags.includes("active"), confirmed: flags.includes("confirmed"), pending: flags.includes("pending") };
  }),
  more: [
    { args: ["taskstat"], prints: /^\s+health\s+\d+\s+\d+\s+[1-9]\d*/m },
    { args: ["mpstat"], prints: /^\s+heap\s+\d+\s+[1-9]\d*\s+[1-9]\d*/m },
    { args: ["stat", "list"], prints: /kernel\s+link/ },
    { args: ["stat", "kernel"], prints: /^\s+[1-9]\d* runs$/m },
    { args: ["stat", "nobody"], prints: /Error: 5/ },
    { args: ["fs", "download", "g.cfg", "/dev/null"], prints: /Error: 11/ },
    // Not served: the tile's clock is a command of group 69, with its uncertainty.
    { args: ["datetime", "now"], prints: /Error: 8/ },
  ],
};

export const smpmgr: SmpProgram = {
  name: "smpmgr",
  variable: "GENESIS_SMPMGR",
  port: (path) => ["--port", path],
  echo: (text) => ["os", "echo", text],
  list: ["image", "state-read"],
  upload: (file) => ["image", "upload", file],
  test: (hash) => ["image", "state-write", hash],
  confirm: ["image", "state-write", "--confirm"],
  erase: (slot) => ["image", "erase", String(slot)],
  reset: ["os", "reset"],
  put: (file, name) => ["file", "upload", file, name],
  get: (name, file) => ["file", "download", name, file],
  shell: (command) => ["shell", command],
  images: (printed) => printed.split("ImageState(").slice(1).map((part) => ({
    slot: Number(first(/slot=(\d+)/, part)),
    version: first(/version='([^']+)'/, part),
    hash: first(/HashBytes\(\s*'(\w+)'/, part).toLowerCase(),
    active: /active=True/.test(part),
    confirmed: /confirmed=True/.test(part),
    pending: /pending=True/.test(part),
  })),
  more: [
    { args: ["file", "read-size", "data.bin"], prints: /^3000$/m },
    { args: ["file", "read-size", "nobody"], prints: /ENOENT/ },
    { args: ["file", "read-size", "g.cfg"], prints: /EACCESSDENIED/ },
    { args: ["file", "get-hash", "data.bin"], prints: /type='crc32'[^]*len=3000/ },
  ],
};
