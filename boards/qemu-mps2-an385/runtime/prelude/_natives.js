// _natives.js (prelude, first of all files): puts the C functions where their paths say.
//
// C registers each function on `native` under its whole path ("E.CRC32", "modules.Flash.read", "native.write", "echo").

const modules = {}; // what require() finds
{
  const place = (owner, name, value) => Object.defineProperty(owner, name, { value, writable: true, configurable: true, enumerable: false });
  for (const path of Object.getOwnPropertyNames(native).sort()) {
    const call = native[path];
    delete native[path];
    const names = path.split('.');
    let owner = names[0] === 'native' ? native : names[0] === 'modules' ? modules : global;
    if (owner !== global) names.shift();
    while (names.length > 1) {
      const name = names.shift();
      if (!Object.prototype.hasOwnProperty.call(owner, name)) place(owner, name, {});
      owner = owner[name];
    }
    place(owner, names[0], call);
  }
}
