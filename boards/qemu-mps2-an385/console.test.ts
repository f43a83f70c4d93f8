// The board's console on the wire: what a host tool for Espruino boards relies on, against the real machine in QEMU.
// oxlint-disable no-control-regex -- control codes are what the console speaks
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packet, startTestBoard, type TestBoard } from "../../host-tools/qemu/test-board.ts";
import { missingPrograms } from "../../host-tools/qemu/toolchain.ts";

const onQemu = describe.skipIf(missingPrograms().length > 0);

const CTRL_C = "\x03";
let board: TestBoard;
beforeAll(async () => {
  board = await startTestBoard({ serial1: true });
}, 300_000);
afterAll(async () => board?.stop());

/** Sends and returns everything up to the next prompt. */
async function type(text: string, prompt = ">"): Promise<string> {
  board.console.send(text);
  return board.console.until(prompt);
}

/** Runs a program without echo, up to where it says on Serial2 that it runs: from then on it is under way, however slow the computer is. */
async function launch(program: string): Promise<void> {
  board.console.send(`\x10Serial2.write('!');${program}\n`);
  await board.serial2?.until("!");
}

onQemu("lines", () => {
  it.each([
    ["1+2\n", "1+2\r\n=3\r\n>"],
    ["1+2\r", "1+2\r\n=3\r\n>"],
    ["1+2\r\n", "1+2\r\n=3\r\n>"],
    ["\n", "\r\n>"],
    ["print('a','b',{c:1})\n", 'print(\'a\',\'b\',{c:1})\r\na b { "c": 1 }\r\n=undefined\r\n>'],
    ["function f() {\nreturn 7}\n", "function f() {\r\n:return 7}\r\n=function () { ... }\r\n>"],
    ["f()\n", "f()\r\n=7\r\n>"],
    ["'a\\x80\"\\n'\n", "'a\\x80\"\\n'\r\n=\"a\\x80\\\"\\n\"\r\n>"],
    ["abc\b\b\b42\n", "abc\b \b\b \b\b \b42\r\n=42\r\n>"],
    ["`a\n`\n", "`a\r\n:`\r\n=\"a\\n\"\r\n>"],
    ["/* {\n*/ 3\n", "/* {\r\n:*/ 3\r\n=3\r\n>"],
    ["'('.length\n", "'('.length\r\n=1\r\n>"],
    ["/[/(]/.test('(')\n", "/[/(]/.test('(')\r\n=true\r\n>"],
    ["({a:1,b:'x',c:[1,2,3]})\n", "({a:1,b:'x',c:[1,2,3]})\r\n={ a: 1, \r\n  b: \"x\", \r\n  c: [ 1, 2, 3 ]\r\n }\r\n>"],
    ["let once=5\n", "let once=5\r\n=5\r\n>"],
  ])("%j", async (typed, answer) => {
    board.console.send(typed);
    expect(await board.console.until(answer)).toBe(answer);
    expect(await board.console.quiet(30)).toBe("");
  });

  it("says nothing for a line that starts with DLE, but shows output and errors", async () => {
    board.console.send("\x105\n");
    expect(await board.console.quiet(80)).toBe("");
    expect(await type("\x10print(6)\n")).toBe("6\r\n>");
    expect(await type("\x10nowhere\n")).toBe('Uncaught ReferenceError: "nowhere" is not defined\r\n    at REPL\r\n>');
  });

  it("echo(0) and echo(1)", async () => {
    board.console.send("echo(0)\n1\nprint(2)\n");
    expect(await board.console.until("2\r\n")).toBe("echo(0)\r\n2\r\n");
    expect(await board.console.quiet(50)).toBe("");
    expect(await type("echo(1)\n")).toBe("=undefined\r\n>");
  });

  it("answers ENQ on an empty line", async () => {
    board.console.send("\x05");
    expect(await board.console.until("\n")).toBe("Espruino 2v29.genesis QEMU_MPS2_AN385\r\n");
  });

  it("takes the prompt away before output that comes on its own, and gives it back", async () => {
    expect(await type("setTimeout(()=>print('late'),20)\n", "late\r\n>")).toMatch(/=\d+\r\n>\r\x1b\[Jlate\r\n>$/);
  });
});

onQemu("errors", () => {
  it("names the functions of the trace", async () => {
    await board.run("function inner(){ missing() }");
    await board.run("function outer(){ inner() }");
    expect(await type("outer()\n")).toBe('outer()\r\nUncaught ReferenceError: "missing" is not defined\r\n    at inner\r\n    at outer\r\n    at REPL\r\n>');
  });
  it("reports an error of a callback and goes on with the next", async () => {
    // The line ends when both are due, so they run in one turn.
    const said = await type("setTimeout(()=>{throw 'first'},1);setTimeout(()=>print('second'),1);for(t=getTime()+.01;getTime()<t;);\n", "second\r\n>");
    expect(said).toMatch(/\r\n>\r\x1b\[JUncaught first\r\nsecond\r\n>$/);
  });
  it("reports an error of a callback, gives the prompt back, and goes on in the next turn", async () => {
    // A timer set by a callback waits for the turn after.
    const said = await type("setTimeout(()=>{setTimeout(()=>print('second'));throw 'first'},1)\n", "second\r\n>");
    expect(said).toMatch(/\r\n>\r\x1b\[JUncaught first\r\n>\r\x1b\[Jsecond\r\n>$/);
  });
  it("reports a rejected promise nobody handles", async () => {
    expect(await type("Promise.reject('why')\n", "why\r\n>")).toContain("Uncaught Error: Unhandled promise rejection: why");
  });
  it("gives uncaughtException handlers the error instead", async () => {
    await board.run("process.on('uncaughtException',e=>print('got '+e))");
    expect(await type("throw 5\n")).toBe("throw 5\r\ngot 5\r\n>");
    await board.run("process.removeAllListeners('uncaughtException')");
    expect(await type("throw 5\n")).toBe("throw 5\r\nUncaught 5\r\n>");
  });
});

onQemu("Ctrl-C", () => {
  it("stops a hung loop by way of debug>", async () => {
    board.console.send("while(1){}\n");
    await board.console.until("\r\n");
    expect(await type(CTRL_C, "debug>")).toBe(":1:1   \r\n       ^\r\ndebug>");
    expect(await type("print 5+6\n", "debug>")).toBe("print 5+6\r\n=11\r\ndebug>");
    expect(await type("nonsense\n", "debug>")).toContain("In debug mode: Expected a simple ID");
    expect(await type("q\n")).toBe("q\r\nExecution Interrupted\r\n>");
    expect(await type("2\n")).toBe("2\r\n=2\r\n>");
  });
  /** Has a program count n up by `step` for ever, and stops it in debug>. It says on Serial2 when n reaches `goal`: only then is it sure to run. */
  const countAndStop = async (step: string): Promise<void> => {
    board.console.send(`var n=0,goal=1;while(1){${step};if(n>=goal){goal=1/0;Serial2.write('!')}}\n`);
    await board.serial2?.until("!");
    await type(CTRL_C, "debug>");
  };
  /** In debug>, with a program that counts n up: it counts on after c, and a second Ctrl-C ends it. */
  const goOnAndLeave = async (): Promise<void> => {
    const goal = Number(/=(\d+)/.exec(await type("p goal=n+1\n", "debug>"))?.[1]);
    board.console.send("c\n");
    await board.serial2?.until("!");
    await type(CTRL_C, "debug>");
    expect(Number(/=(\d+)/.exec(await type("p n\n", "debug>"))?.[1])).toBeGreaterThanOrEqual(goal);
    expect(await type(CTRL_C)).toContain("Execution Interrupted\r\n>");
  };
  it("c goes on, a second Ctrl-C leaves", async () => {
    await countAndStop("n++");
    await goOnAndLeave();
  });
  it("leaves a program that can be collected, wherever it stands", async () => {
    for (const step of ["n++", "n+=[1].map(a=>a+1)[0]", "n=('x'+n).slice(1)-(-1)"]) {
      await countAndStop(step);
      expect(await type("p [process.memory(),process.memory(),process.memory()].length\n", "debug>")).toContain("=3");
      await goOnAndLeave();
    }
  });
  it("stops a regular expression without debug>, for it can't be collected", async () => {
    board.console.send("Serial2.write('!');/^(a+)+$/.test('a'.repeat(40)+'b')\n");
    await board.console.until("\r\n");
    await board.serial2?.until("!");
    await board.console.quiet(100); // nothing tells that the expression has begun: some ten bytecodes later it has
    expect(await type(CTRL_C)).toBe("Execution Interrupted\r\n>");
  });
  it("stops loops that catch everything, and regular expressions that explode", async () => {
    for (const loop of ["for(;;){try{for(;;){}}catch(e){}finally{continue}}", "/^(a+)+$/.test('a'.repeat(40)+'b')"]) {
      await launch(loop);
      expect(await type(CTRL_C)).toBe("\r\x1b[JExecution Interrupted\r\n>");
    }
  });
  it("acts before bytes that were queued", async () => {
    await launch("while(1){}");
    board.console.send(`foo(${CTRL_C}`);
    expect(await board.console.until("foo(")).toBe("\r\x1b[JExecution Interrupted\r\n>foo(");
    expect(await type(CTRL_C)).toBe(`${"\x1b[D".repeat(4)}\r\x1b[J>`); // alone it clears the line
    expect(await type("3\n")).toBe("3\r\n=3\r\n>");
  });
  it("is data on a line that is not the console", async () => {
    await board.run("got='';Serial2.on('data',d=>got+=d)");
    board.serial2?.send(`a${CTRL_C}b`);
    await expect.poll(() => board.evaluate("got")).toBe('"a\\3b"');
  });
  it("gets through to a program that does not read, with the console's buffer full", async () => {
    await launch("while(1){}");
    board.console.send("x".repeat(20_000));
    await board.console.until("\x13"); // XOFF: it fills up
    board.console.send(CTRL_C);
    await board.console.until("Execution Interrupted", 60_000);
    await board.evaluate("0"); // a packet behind the x's: when it is answered the board has taken all of them
    board.console.send(CTRL_C); // of those that were not thrown away a line was begun
    await board.evaluate("0");
    expect(await type("4\n", "=4\r\n>")).toMatch(/>4\r\n=4\r\n>$/);
  });
});

onQemu("recovery", () => {
  it("survives endless recursion", async () => {
    await board.run("function r(){r()}E.getErrorFlags()");
    expect(await type("r()\n")).toContain("Uncaught Error: Too much recursion - the stack is about to overflow\r\nExecution Interrupted\r\n>");
    expect(await board.evaluate("E.getErrorFlags()")).toBe('["LOW_MEMORY"]');
  });
  it.each([
    ["callbacks", "function deep(){[1].map(deep)}"],
    ["eval", "function deep(){eval('deep()')}"],
    ["Function", "function deep(){new Function('deep()')()}"],
    ["replace", "function deep(){'a'.replace(/a/,deep)}"],
    ["sort", "function deep(){[2,1].sort(deep)}"],
    ["toJSON", "function deep(){JSON.stringify({toJSON:deep})}"],
    ["valueOf", "function deep(){return +{valueOf:deep}}"],
    ["apply", "function deep(){deep.apply(null,[])}"],
    ["the runtime's own functions", "function deep(){E.toString({callback:deep})}"],
    ["a cyclic array in the runtime's own functions", "function deep(){var z=[];z[0]=z;E.toString(z)}"],
  ])("survives endless recursion by way of %s", async (_name, code) => {
    await board.run(code);
    expect(await type("deep()\n")).toBe("deep()\r\nUncaught Error: Too much recursion - the stack is about to overflow\r\nExecution Interrupted\r\n>");
    expect(await board.evaluate("E.genesis().resets")).toBe("0");
  });
  it("says so when a program is too big to be compiled, and goes on", async () => {
    expect(await type("\x10try{eval('f(1,2);'.repeat(20000))}catch(e){print(e.message)}\n", "overflow\r\n>")).toBe("heap overflow\r\n>");
    expect(await type("1\n")).toBe("1\r\n=1\r\n>");
  });
  it("restarts JavaScript when memory is full, with a record", async () => {
    await board.run("survivor=1");
    const said = await type("var hog=[];while(1)hog.push(new Uint8Array(9999))\n", "restarted\r\n");
    expect(said).toContain("Execution Interrupted\r\n");
    await board.console.until(">");
    expect(await board.evaluate("[typeof survivor,E.getErrorFlags(),E.genesis().restarts]")).toBe('["undefined",["LOW_MEMORY","MEMORY"],1]');
  });
});

onQemu("flow control", () => {
  it("sends XOFF when the console's buffer is 75 % full, XON when it is nearly empty", async () => {
    await board.evaluate("0"); // nothing of an earlier XOFF or XON is on its way
    await launch("while(1){}");
    board.console.send(`\x10/*${"x".repeat(6500)}*/print('read')\n`);
    let said = await board.console.until("\x13");
    board.console.send(CTRL_C); // ends the program; what is queued stays
    said += await board.console.until("read\r\n");
    expect([...said].filter((c) => c === "\x13" || c === "\x11").join("")).toBe("\x13\x11");
  });
  it("raises a flag, and E's errorFlag event, when bytes are lost", async () => {
    await board.run("E.getErrorFlags();E.on('errorFlag',f=>flags=f)");
    await board.run("Serial2.removeAllListeners()");
    board.serial2?.send("x".repeat(2000));
    await expect.poll(() => board.evaluate("typeof flags=='object'&&flags")).toBe('["BUFFER_FULL"]');
    await board.run("Serial2.read();E.removeAllListeners('errorFlag')");
  });
});

onQemu("packets", () => {
  it.each([
    [packet(1, "1+2"), "\x06\x10\x01\x00\x013"],
    [packet(1, "undefined"), "\x06\x10\x01\x00\x04null"],
    [packet(1, "({a:1,'b c':[1,'x']})"), '\x06\x10\x01\x00\x13{a:1,"b c":[1,"x"]}'],
    [packet(1, "new Uint8Array([1,2,300])"), "\x06\x10\x01\x00\x08[1,2,44]"],
    [packet(2, '{"a":1}'), "\x15"],
    [packet(3, '{fn:"hi",s:11'), "\x15"],
    [packet(3, '{fn:"hi",s:11}'), "\x06"],
    [packet(4, "Hello"), "\x06"],
    [packet(4, "\x03World"), "\x06"],
    [packet(4, "surplus"), "\x15"],
    [packet(5, '{fn:"hi"}'), "\x06\x10\x01\x80\x0bHello\x03World\x10\x01\x80\x00"],
    [packet(5, '{fn:"none"}'), "\x15"],
    [packet(0, "xx"), "\x15"],
    [packet(7, "xx"), "\x15"],
  ])("%j -> %j", async (sent, answer) => {
    await board.console.quiet(30);
    board.console.send(sent);
    let came = await board.console.until(answer);
    came += await board.console.quiet(40);
    expect(came.replaceAll(/\r\x1b\[J|>/g, "")).toBe(answer.replaceAll(">", ""));
  });

  it("reports an exception as NAK and text, and delivers events", async () => {
    board.console.send(packet(1, "nope"));
    expect(await board.console.until("defined")).toBe('\r\x1b[J\x15Uncaught ReferenceError: "nope" is not defined');
    await board.console.until(">");
    await board.run("E.on('packet',p=>print('packet '+p.a))");
    board.console.send(packet(2, "{a:1}"));
    expect(await board.console.until("\x06")).toContain("packet 1\r\n\x06");
  });

  it("keeps the line that was being typed", async () => {
    board.console.send(`40+${packet(1, "7")}2\n`);
    expect(await board.console.until("=42\r\n>")).toContain("\x06\x10\x01\x00\x017");
  });

  it("gives up an unfinished packet with NAK, then reads text again", async () => {
    await board.console.quiet(50);
    board.console.send("\x10\x01\x20\x07" + "1");
    expect(await board.console.until("\x15", 30_000)).toBe("\x15");
    expect(await type("5\n")).toBe("5\r\n=5\r\n>");
  });

  it("takes 32 kB of every byte value in packets, exactly", async () => {
    const content = Array.from({ length: 32768 }, (_, i) => String.fromCharCode((i * 7 + (i >> 8)) & 255)).join("");
    board.console.send(packet(3, `{fn:"big",s:${content.length}}`));
    await board.console.until("\x06");
    for (let at = 0; at < content.length; at += 1024) {
      board.console.send(packet(4, content.slice(at, at + 1024)));
      await board.console.until("\x06");
    }
    const sum = [...content].reduce((a, c) => (a * 31 + c.charCodeAt(0)) >>> 0, 7);
    expect(await board.evaluate("(f=>{var a=7;for(var i=0;i<f.length;i++)a=(a*31+f.charCodeAt(i))>>>0;return a})(require('Storage').read('big'))", 20_000)).toBe(String(sum));
  });
});

onQemu("moving the console", () => {
  it("gives Serial1 its raw bytes, and takes them back", async () => {
    board.console.send("\x10tail='';Serial1.on('data',d=>{tail=(tail+d).slice(-4);if(tail=='back')E.setConsole('Serial1');else Serial1.write(btoa(d)+'.')});E.setConsole(null,{force:true});Serial1.write('moved')\n");
    await board.console.until("moved");
    const bytes = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join("");
    board.console.send(bytes);
    let got = "";
    while (Buffer.from(got, "base64").length < 256) got = Buffer.concat([Buffer.from(got, "base64"), Buffer.from((await board.console.until(".")).slice(0, -1), "base64")]).toString("base64");
    expect(Buffer.from(got, "base64").toString("latin1")).toBe(bytes);
    board.console.send("back");
    expect(await board.console.until(">")).toContain("<- null\r\n");
    expect(await board.evaluate("E.getConsole()")).toBe('"Serial1"');
  });
});
