// debugger.js (prelude): the commands of the debug> prompt that Ctrl-C opens in a running program.
//
// Espruino's debugger can also step and show local variables; XS gives no access to these, so they are missing.

const DEBUG_HELP = `Commands:
help / h           - this information
quit / q / Ctrl-C  - Quit debug mode, break execution
reset              - Soft-reset Espruino
continue / c       - Continue execution
print ... / p ...  - evaluate and print a global expression
bt                 - print backtrace
`;

native.debug = function debug(line) {
  const [, command, rest] = /^(\S*)\s*([\s\S]*)$/.exec(line);
  if (command === 'q' || command === 'quit') native.debugEnd(true);
  else if (command === 'c' || command === 'continue') native.debugEnd(false);
  else if (command === 'p' || command === 'print') native.show((0, eval)(rest), rest); // oxlint-disable-line no-eval -- what the user typed
  else if (command === 'bt') native.backtrace();
  else if (command === 'h' || command === 'help') native.write(DEBUG_HELP);
  else if (command === 'reset') {
    reset();
    native.debugEnd(true);
  } else native.write("In debug mode: Expected a simple ID, type 'help' for more info.\n");
};
