// Figures of the variable model as measured: Espruino 2v29.277, 32-bit Linux build with 2,500 variables, code evaluated from Storage with no scope around it (5,000 variables give the
// same figures, ±1). `text` stands beside a first function in the module; `cells` is what it adds. Measured again by variables.test.ts with GENESIS_ESPRUINO.

export const CALIBRATION = {
  forms: [
    { name: "function", text: "function g(){return 1}", cells: 5 },
    { name: "function with 3 parameters", text: "function g(a,b,c){return 1}", cells: 8 },
    { name: "empty function", text: "function g(){}", cells: 2 },
    { name: "long name", text: "function gggggggg(){return 1}", cells: 6 },
    { name: "arrow", text: "var g=a=>1;", cells: 6 },
    { name: "small integer", text: "var g=1;", cells: 1 },
    { name: "large integer", text: "var g=100000;", cells: 2 },
    { name: "short string", text: "var g='abc';", cells: 2 },
    { name: "long string", text: "var g='xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx';", cells: 6 },
    { name: "object", text: "var g={a:1,b:2,c:3};", cells: 5 },
    { name: "object with long key", text: "var g={abcdef:1};", cells: 4 },
    { name: "object with method", text: "var g={m(){return 1}};", cells: 7 },
    { name: "boolean, undefined, null", text: "var g={a:!0,b:void 0,c:null};", cells: 7 },
    { name: "nested object", text: "var g={a:{}};", cells: 4 },
    { name: "array of integers", text: "var g=[1,2,3];", cells: 5 },
    { name: "array of strings", text: "var g=['a','b'];", cells: 6 },
    { name: "array of objects", text: "var g=[{},{}];", cells: 6 },
    { name: "class", text: "class g{}", cells: 8 },
    { name: "class with methods", text: "class g{m(){return 1}n(a){return 1}}", cells: 19 },
    { name: "class with constructor", text: "class g{constructor(a){this.a=a}m(){return 1}}", cells: 16 },
    { name: "instance", text: "class g{constructor(a){this.a=a}}var k=new g(1);", cells: 16 },
    { name: "closure", text: "function g(){var x=1;return function(){return x}}var k=g();", cells: 15 },
    { name: "closure over a parameter", text: "function g(x){return function(){return x}}var k=g(1);", cells: 16 },
    { name: "closure over a block", text: "function g(){let x=1;if(x){let y=2;return function(){return y}}}var k=g();", cells: 18 },
  ],
  bundles: [
    { functions: 20, objects: 5, arrayBytes: 64, evaluated: 149, after: 277 },
    { functions: 60, objects: 20, arrayBytes: 512, evaluated: 429, after: 816 },
    { functions: 100, objects: 10, arrayBytes: 1024, evaluated: 709, after: 986 },
    { functions: 5, objects: 40, arrayBytes: 2048, evaluated: 44, after: 850 },
  ],
} as const;
