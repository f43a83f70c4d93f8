// The snippets that the prices were made from and are checked with: each stands in a loop, metered, and the empty loop is subtracted.
//
// `instructions` is what one turn took on Espruino 2v29 for Linux (x86-64, its resizable heap), in thousands, counted by callgrind, with 300 turns and
// the text in RAM, where making a function copies its text (in flash it does not). It was measured once: callgrind is no part of the suite. XS's meter
// is asked live by cross-check.test.ts.

export interface Snippet {
  name: string;
  /** Statements before the loop. */
  setUp: string;
  /** Statements of one turn. */
  code: string;
  instructions?: number;
}

/** A function that takes `snippet` so many turns. */
export function snippetProgram(snippet: Pick<Snippet, "setUp" | "code">, turns: number): string {
  return `function(){${snippet.setUp};for(var i=0;i<${turns};i++){${snippet.code}}}`;
}

export const EMPTY: Snippet = { name: "empty loop", setUp: "", code: "" };

const row = (name: string, setUp: string, code: string, instructions?: number): Snippet => ({ name, setUp, code, ...(instructions === undefined ? {} : { instructions }) });

export const SNIPPETS: readonly Snippet[] = [
  row("number", "", "1;", 1.9),
  row("string of 9", "", "\"abcdefghi\";", 6.5),
  row("string of 52", "", "\"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz\";", 20.6),
  row("variable", "var x=0", "x;", 2),
  row("outermost of 20 names", "var x=0,a1,a2,a3,a4,a5,a6,a7,a8,a9,b1,b2,b3,b4,b5,b6,b7,b8,b9,z", "z;", 7),
  row("x=1", "var x=0", "x=1;", 5.9),
  row("x+=1", "var x=0", "x+=1;", 9.6),
  row("x++", "var x=0", "x++;", 7.3),
  row("x+1", "var x=0", "x+1;", 6),
  row("x+1+1", "var x=0", "x+1+1;", 9.2),
  row("x+(1+1)", "var x=0", "x+(1+1);", 9.9),
  row("x&&1", "var x=1", "x&&1;", 4.7),
  row("!x", "var x=1", "!x;", 4.1),
  row("x?1:2", "var x=1", "x?1:2;", 5.7),
  row("typeof x", "var x=1", "typeof x;", 5.7),
  row("(1,2)", "", "(1,2);", 4.4),
  row("if taken, 5 statements", "var x=1", "if(x){x=1;x=2;x=3;x=4;x=5}", 32.8),
  row("if skipped, 5 statements", "var x=0", "if(x){x=1;x=2;x=3;x=4;x=5}", 7.5),
  row("f()", "function f(){}", "f();", 38.2),
  row("f(1,2)", "function f(a,b){}", "f(1,2);", 50.1),
  row("six arguments", "function f(a,b,c,d,e,g){}", "f(1,2,3,4,5,6);", 75.2),
  row("f(1) returns", "function f(a){return a}", "f(1);", 49.6),
  row("two variables in f", "function f(a){var b=1;var c=2}", "f(1);", 57.8),
  row("o.m()", "var o={m:function(){}}", "o.m();", 40.2),
  row("s.charCodeAt(3)", "var s=\"abcdef\"", "s.charCodeAt(3);", 23.1),
  row("s.substring(1,3)", "var s=\"abcdef\"", "s.substring(1,3);", 26.1),
  row("Math.floor(3)", "", "Math.floor(3);", 23.5),
  row("new K", "function K(){this.a=1}", "new K();", 67.8),
  row("new Uint8Array(8)", "", "new Uint8Array(8);", 23.6),
  row("o.a", "var o={a:1}", "o.a;", 3.1),
  row("o.a=1", "var o={a:1}", "o.a=1;", 7.3),
  row("a[2]", "var a=[1,2,3,4]", "a[2];", 5.6),
  row("u8[2]", "var a=new Uint8Array(8)", "a[2];", 7.7),
  row("u8[2]=1", "var a=new Uint8Array(8)", "a[2]=1;", 13),
  row("[1,2,3]", "", "[1,2,3];", 13.6),
  row("{a,b,c}", "", "({a:1,b:2,c:3});", 23),
  row("function made", "", "(function(){});", 26.5),
  row("function made, 58 characters", "", "(function(a){var x=1;x=2;x=3;x=4;x=5;x=1;x=2;x=3;x=4;x=5});", 136.1),
  row("arrow made", "", "(()=>1);", 29),
  row("try", "", "try{}catch(e){}", 6.1),
  row("throw, catch", "", "try{throw 1}catch(e){}", 32.1),
  row("finally", "", "try{}finally{}", 16.1),
  row("switch, first", "var x=1", "switch(x){case 1:break}", 10.6),
  row("switch, eighth", "var x=8", "switch(x){case 1:break;case 2:break;case 3:break;case 4:break;case 5:break;case 6:break;case 7:break;case 8:break}", 62.4),
  row("for, 10 turns", "", "for(var j=0;j<10;j++);", 280.3),
  row("while, 10 turns", "", "var j=10;while(j--);", 218.5),
  row("for-of, 10", "var a=[1,2,3,4,5,6,7,8,9,10]", "for(var j of a);", 181.8),
  row("for-in, 10", "var a=[1,2,3,4,5,6,7,8,9,10]", "for(var j in a);", 175.8),
  row("template", "var x=1", "`a${x}b`;", 13.7),
  row("s+'def'", "var s=\"abc\"", "s+\"def\";", 10.3),
  row("let y=1", "", "let y=1;", 10.3),
  row("forEach, 10", "var a=[1,2,3,4,5,6,7,8,9,10]", "a.forEach(function(b){});", 523.8),
  row("CRC-16 of a byte", "var c=0,k=0", "c^=65<<8;for(k=0;k<8;k++)c=c&32768?c<<1^4129:c<<1;c&=65535;", 404.7),
  row("indexOf in 1,000 characters", "var s=\"\";for(var k=0;k<100;k++)s+=\"abcdefghij\"", "s.indexOf(\"z\");", 884.2),
];
