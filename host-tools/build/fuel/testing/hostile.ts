// Programs that try to run for ever, each a function without arguments. All must end with the counter below 0 on every engine.

export interface HostileProgram {
  name: string;
  text: string;
  /** Ends by the stack on engines that have little of it, and there nothing can be caught: the kernel's affair, not fuel's. */
  deep?: true;
}

export const HOSTILE: readonly HostileProgram[] = [
  { name: "empty for", text: "function(){for(;;);}" },
  { name: "empty while", text: "function(){while(1);}" },
  { name: "do without braces", text: "function(){do var a=1;while(a)}" },
  { name: "catch that swallows", text: "function(){for(;;){try{for(;;){}}catch(e){}}}" },
  { name: "finally that continues", text: "function(){for(;;){try{for(;;){}}finally{continue}}}" },
  { name: "finally that breaks", text: "function(){for(;;){for(;;){try{for(;;);}finally{break}}}}" },
  { name: "finally that returns to a caller's loop", text: "function(){function g(){try{for(;;);}finally{return 1}}for(;;)g()}" },
  { name: "catch that loops", text: "function(){try{for(;;);}catch(e){for(;;);}}" },
  { name: "finally that loops", text: "function(){try{for(;;);}finally{for(;;);}}" },
  { name: "catch in catch in catch", text: "function(){for(;;)try{try{try{for(;;);}catch(a){}}catch(b){}}catch(c){}}" },
  { name: "loop that throws and catches", text: "function(){for(;;)try{throw 1}catch(e){}}" },
  { name: "loop that continues in catch", text: "function(){for(;;){try{throw 1}catch(e){continue}finally{continue}}}" },
  { name: "catch that calls itself", text: "function(){function f(){try{f()}catch(e){f()}}for(;;)f()}", deep: true },
  { name: "for-in over what grows", text: "function(){var a={},n=0;for(;;)for(var k in a)n++,a['x'+n%5]=1,a.y=1;}" },
  { name: "for-of over a string", text: "function(){for(;;)for(var c of 'abc');}" },
  { name: "native callback that loops", text: "function(){[1,2].forEach(function(){for(;;);})}" },
  { name: "native callback, short ones for ever", text: "function(){for(;;)[1,2,3].map(function(a){return a})}" },
  { name: "sort with a comparator", text: "function(){for(;;)[3,1,2].sort(function(a,b){return a-b})}" },
  { name: "getter", text: "function(){var o={get a(){for(;;);}};o.a+1}" },
  { name: "constructor", text: "function(){function K(){while(1);}new K()}" },
  { name: "arrow with an expression", text: "function(){var f=a=>a+1;for(;;)f(1)}" },
  { name: "short circuit", text: "function(){var n=0;for(;n++<0||1;)n&&n;}" },
  { name: "all in the test", text: "function(){var n=0;function f(){n++;return 1}while(f());}" },
  { name: "all in the update", text: "function(){var n=0;for(;;n++,n--);}" },
  { name: "doubling recursion", text: "function(){function f(n){return n?f(n-1)+f(n-1):1}for(;;)f(5)}" },
  { name: "mutual recursion, bounded depth, for ever", text: "function(){var d=0;function a(){if(d++<3)b();d--}function b(){if(d++<3)a();d--}for(;;)a()}" },
  { name: "switch that never breaks out", text: "function(){var a=1;for(;;)switch(a){case 1:continue;default:break}}" },
];
