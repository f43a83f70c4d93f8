// Generated bundles of known make-up, for calibrating the variable model: module functions with parameters, and a boot() that keeps objects, closures and tables.

export interface SampleShape {
  functions: number;
  objects: number;
  arrayBytes: number;
}

/** An expression file like those of `bundleTile`, of a given shape. */
export function sampleBundle(shape: SampleShape): string {
  const functions = Array.from({ length: shape.functions }, (_, index) => {
    const parameters = ["a", "b", "c", "d"].slice(0, index % 5);
    return `function f${index}(${parameters.join(",")}){return ${[...parameters, String(index)].join("+")}}`;
  });
  const boot = [
    `function boot(port,cfg){let t=new Uint8Array(${shape.arrayBytes}),k=[],s={count:0,wide:"status text",big:100000};`,
    `for(let i=0;i<${shape.objects};i++)k.push({id:i,get:function(x){return t[x]+s.count},name:"object"});`,
    `return{step:function(n){s.count+=n;return k[0].get(n)},k:k}}`,
  ];
  return `(()=>{\n${functions.join("")}${boot.join("")}return boot})()`;
}
