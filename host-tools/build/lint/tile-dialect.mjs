// The tile dialect at source level, for editors and `npm run lint`: the forms that authors write by habit, shown where they are typed.
//
// An oxlint JS plugin (ESLint's rule API). The build's pass over the shipped text (host-tools/build/dialect) has the last word and all the rules.

const BUILTINS = new Set(["Error", "TypeError", "RangeError", "Array", "Object", "Function", "Promise", "Map", "Set", "Uint8Array", "Uint16Array", "Uint32Array", "Int8Array", "Int16Array", "Int32Array", "Float64Array", "ArrayBuffer", "DataView"]);

/** A rule that reports one message from a set of node visitors. */
function rule(message, visitors) {
  return { meta: { type: "problem" }, create: (context) => visitors((node) => context.report({ node, message })) };
}

function isFunction(node) {
  return node.type === "FunctionDeclaration" || node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression";
}

/** Names bound by the head of a `for` with let or const. */
function loopNames(head) {
  if (head?.type !== "VariableDeclaration" || head.kind === "var") return [];
  return head.declarations.filter((declarator) => declarator.id.type === "Identifier").map((declarator) => declarator.id.name);
}

/** Visits `node` and what it contains. */
function walk(node, visit, inFunction = false) {
  visit(node, inFunction);
  const inside = inFunction || isFunction(node);
  for (const [key, value] of Object.entries(node)) {
    if (key === "parent") continue;
    for (const child of Array.isArray(value) ? value : [value]) if (child && typeof child === "object" && typeof child.type === "string") walk(child, visit, inside);
  }
}

function loopClosures(report) {
  const check = (head) => (loop) => {
    const names = loopNames(loop[head]);
    if (names.length === 0) return;
    let found = false;
    walk(loop.body, (node, inFunction) => {
      const isKey = node.parent?.type === "MemberExpression" && node.parent.property === node && !node.parent.computed;
      if (!found && inFunction && node.type === "Identifier" && names.includes(node.name) && !isKey) {
        found = true;
        report(node);
      }
    });
  };
  return { ForStatement: check("init"), ForOfStatement: check("left"), ForInStatement: check("left") };
}

export default {
  meta: { name: "tile-dialect" },
  rules: {
    "no-default-value": rule("Espruino has no default values: test the parameter for undefined instead.", (report) => ({ AssignmentPattern: report })),
    "no-rest-or-spread": rule("Espruino has neither rest parameters nor spread: pass an array, use concat or Object.assign.", (report) => ({ RestElement: report, SpreadElement: report })),
    "no-destructuring": rule("Espruino has no destructuring: read the fields one by one.", (report) => ({ ObjectPattern: report, ArrayPattern: report })),
    "no-length-assignment": rule("Espruino throws when length is assigned: use splice, or keep an own count.", (report) => {
      const check = (target, node) => {
        if (target.type === "MemberExpression" && !target.computed && target.property.name === "length") report(node);
      };
      return { AssignmentExpression: (node) => check(node.left, node), UpdateExpression: (node) => check(node.argument, node) };
    }),
    "no-builtin-superclass": rule("Espruino can't extend built-in classes: write an own class with a message or a code.", (report) => {
      const check = (node) => {
        if (node.superClass?.type === "Identifier" && BUILTINS.has(node.superClass.name)) report(node.superClass);
      };
      return { ClassDeclaration: check, ClassExpression: check };
    }),
    "no-parameter-property": rule("Parameter properties and the name mangler do not agree (esbuild 0.28): declare the field and assign it.", (report) => ({ TSParameterProperty: report })),
    "no-regex": rule("A regular expression costs 8 variables and Espruino knows a part of them only: loop over charCodeAt.", (report) => ({
      Literal(node) {
        if (node.regex) report(node);
      },
    })),
    "no-loop-variable-closure": rule("Espruino has one binding for the whole loop: copy it inside the body (`const own = i;`).", loopClosures),
  },
};
