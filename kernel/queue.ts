// Queues of tasks: the ready list, endpoints, notifications, work. Linked through `Tcb.Next`, since a task is in one queue at most.
//
// Highest priority first, equal ones in the order they came (seL4 MCS). A queue is the address of its head word.

import { m, put, Tcb } from "./state.ts";

export function enqueue(head: number, t: number): void {
  const priority = m[t + Tcb.Priority]!;
  let next = m[head]!;
  while (next && m[next + Tcb.Priority]! >= priority) {
    head = next + Tcb.Next;
    next = m[head]!;
  }
  if (m[t + Tcb.Next] !== next) put(t + Tcb.Next, next);
  put(head, t);
}

/** Nothing happens when `t` is not in it. */
export function dequeue(head: number, t: number): void {
  while (m[head] && m[head] !== t) head = m[head]! + Tcb.Next;
  if (m[head]) put(head, m[t + Tcb.Next]!);
}
