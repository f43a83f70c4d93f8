// Bugs put into the kernel on purpose, one at a time: each is a text in a source file and what stands there instead. All must be caught.
//
// They are of the kind that kernels have had: a forgotten check, a wrong queue, an authority too many, something not given back. The comparison with
// the specification or the conformance suite has to find each (seeded-bugs.test.ts); a text that no longer occurs in the source is an error, so the list stays true.

export interface SeededBug {
  what: string;
  /** In kernel/. */
  file: string;
  from: string;
  to: string;
}

export const SEEDED_BUGS: readonly SeededBug[] = [
  { what: "a copy keeps all rights of its source", file: "derivation.ts", from: "(cap & (240 | rights))", to: "(cap & 255)" },
  { what: "a minted capability is no original: revoke misses its copies", file: "derivation.ts", from: "isOriginal ? SlotBit.Revocable | SlotBit.FirstBadged : 0", to: "isOriginal ? SlotBit.FirstBadged : 0" },
  { what: "first badged is forgotten: siblings with one badge are parent and child", file: "derivation.ts", from: "isOriginal ? SlotBit.Revocable | SlotBit.FirstBadged : 0", to: "isOriginal ? SlotBit.Revocable : 0" },
  { what: "any badge is a child of a badged capability", file: "derivation.ts", from: "!badge || (badge === m[s + Slot.Badge] && !(m[s]! & SlotBit.FirstBadged))", to: "!badge || !(m[s]! & SlotBit.FirstBadged)" },
  { what: "an untyped is no parent of the last object made of it", file: "derivation.ts", from: "other < object + m[object]!", to: "other < object + m[object]! - 4" },
  { what: "only the capability behind counts for the last one", file: "derivation.ts", from: "(before && m[before + Slot.Object] === object && (m[before]! & 240) === type) || ", to: "" },
  { what: "a slot that is emptied leaves a hole in the list", file: "derivation.ts", from: "  link(links >>> 16, links & 0xffff);", to: "  link(links >>> 16, 0);" },
  { what: "the last address of a CNode leads one slot beyond it", file: "cspace.ts", from: "at > 0 && at < m[c]!", to: "at > 0 && at <= m[c]!" },
  { what: "address 0 of a ref is a slot: the header of the CNode", file: "cspace.ts", from: "return index > 0 && index < m[c]!", to: "return index >= 0 && index < m[c]!" },
  { what: "a guard is not compared", file: "cspace.ts", from: "((address >>> bits) ^ (guard & 0xffff)) & ((1 << guardBits) - 1)", to: "0" },
  { what: "mint overwrites a badge", file: "objects/cnode.ts", from: "if (badge) return Status.IllegalOperation;", to: "" },
  { what: "a full destination is overwritten", file: "objects/cnode.ts", from: "if (m[d]) return Status.DeleteFirst;", to: "" },
  { what: "the source is looked at before the destination", file: "objects/cnode.ts", from: "if (m[d]) return Status.DeleteFirst;\n  const source = refOf(t, b);\n  if (source < 0) return source;", to: "const source = refOf(t, b);\n  if (source < 0) return source;\n  if (m[d]) return Status.DeleteFirst;" },
  { what: "an untyped with children can be copied", file: "objects/cnode.ts", from: "if (type === CapType.Untyped && hasChildren(source)) return Status.RevokeFirst;", to: "" },
  { what: "cancelBadgedSends works with three rights", file: "objects/cnode.ts", from: "(m[d]! & 255) !== ((CapType.Endpoint << 4) | Rights.All)", to: "(m[d]! & 247) !== ((CapType.Endpoint << 4) | 7)" },
  { what: "mutate takes endpoints", file: "objects/cnode.ts", from: "if (FULL && op === Op.Mutate && isBadged) return Status.IllegalOperation;", to: "" },
  { what: "what is made through one capability to an untyped cannot be revoked through the other, and is forgotten by it", file: "objects/untyped.ts", from: "for (let next = s; m[next + Slot.Object] === u; next = m[s + Slot.Links]! & 0xffff) s = next;", to: "" },
  { what: "retype counts one object too few", file: "objects/untyped.ts", from: "if (used + words * count > m[u]!", to: "if (used + words * (count - 1) > m[u]!" },
  { what: "bytes are not charged", file: "objects/untyped.ts", from: "put(u + Ut.BytesUsed, m[u + Ut.BytesUsed]! + bytes);", to: "" },
  { what: "a capability goes along without Grant", file: "objects/endpoint.ts", from: "transferCap(s, r, e, (flags & Send.Grant) > 0)", to: "transferCap(s, r, e, true)" },
  { what: "a sent capability overwrites what is in the receive slot", file: "objects/endpoint.ts", from: "if (to < 0 || m[to] || ", to: "if (to < 0 || " },
  { what: "any endpoint is unwrapped to its badge", file: "objects/endpoint.ts", from: "if (e && holds(from, CapType.Endpoint) && m[from + Slot.Object] === e) {", to: "if (e && holds(from, CapType.Endpoint)) {" },
  { what: "the old caller of a reply object is forgotten", file: "objects/endpoint.ts", from: "if (m[p]) endCall(p, Event.DeadReply);", to: "" },
  { what: "the reply may grant whatever the receiver's rights", file: "objects/endpoint.ts", from: "const canGrant = m[r + Tcb.Flags]! & Send.Grant;", to: "const canGrant = Send.Grant;" },
  { what: "a caller's context is taken from a server that has its own", file: "objects/endpoint.ts", from: "if (DONATION && sc && !m[r + Tcb.Sc]) {", to: "if (sc) {" },
  { what: "an endpoint goes on sending when its queue is empty", file: "objects/endpoint.ts", from: "if (!m[e + Ep.Head]) put(e, 0);", to: "" },
  { what: "a server that owes an answer takes the next call at home", file: "objects/endpoint.ts", from: " && !(p && m[p]) ?", to: " ?" },
  { what: "messages are not cut to what the receiver has room for", file: "objects/endpoint.ts", from: "data.length > room ? data.substring(0, room) : data", to: "data" },
  { what: "a lease outlives its call", file: "objects/reply.ts", from: "if (FRAMES && m[caller + Tcb.LeaseFrame]) put(caller + Tcb.LeaseFrame, 0);", to: "" },
  { what: "a lent context stays with the server", file: "objects/reply.ts", from: ") moveSc(sc, caller);", to: ");" },
  { what: "a server that has been given an event loses the context it was lent", file: "objects/reply.ts", from: "(m[holder] !== TaskState.Ready || m[holder + Tcb.Event] === -1)", to: "true" },
  { what: "a context that a server has lent on does not come home", file: "objects/reply.ts", from: " || isLent(sc)", to: "" },
  { what: "a context goes home while a call is served on it", file: "wake.ts", from: "|| !home || isLent(sc)", to: "|| !home" },
  { what: "a signal with badge 0 is lost", file: "objects/notification.ts", from: "const sum = word | badge | Limit.Active;", to: "const sum = badge ? word | badge | Limit.Active : word;" },
  { what: "a signal replaces the word", file: "objects/notification.ts", from: "const sum = word | badge | Limit.Active;", to: "const sum = badge | Limit.Active;" },
  { what: "the waiter stays in the queue of the notification", file: "objects/notification.ts", from: "if (t) put(n + Nt.Head, m[t + Tcb.Next]!);\n  else {", to: "if (!t) {" },
  { what: "equal priorities: last come, first served", file: "queue.ts", from: ">= priority", to: "> priority" },
  { what: "a cancelled message keeps its attached capability", file: "cancel.ts", from: "put(t + Tcb.Attach, 0);", to: "" },
  { what: "an event that suspend took is not brought back by a roll-back", file: "cancel.ts", from: "put(t + Tcb.Event, m[t + Tcb.Event]!);", to: "" },
  { what: "callers of a stopped server wait for ever", file: "objects/tcb.ts", from: "if (m[object + Rep.Server] === t) endCall(object, Event.DeadReply);", to: "" },
  { what: "calls queued at the home of a stopped server wait for ever", file: "objects/tcb.ts", from: "cancel(c);\n      wake(c, Event.DeadReply);", to: "" },
  { what: "a timer outlives its task's fault", file: "objects/tcb.ts", from: "putDouble(t + Tcb.Deadline, 0);", to: "" },
  { what: "a restart keeps the generation", file: "objects/tcb.ts", from: "put(c + Tcb.Generation, m[c + Tcb.Generation]! + 1);", to: "" },
  { what: "a restart keeps the timer that was set behind the stop", file: "objects/tcb.ts", from: "these.\n      putDouble(c + Tcb.Deadline, 0);", to: "" },
  { what: "who restarts itself is queued where its old priority says", file: "objects/tcb.ts", from: "m[c + Tcb.Event] !== -1", to: "c !== t" },
  { what: "a task may raise priorities above its maximum by one", file: "objects/tcb.ts", from: "label > m[object + Tcb.Mcp]!", to: "label > m[object + Tcb.Mcp]! + 1" },
  { what: "the last capability of an object is dropped when a TCB slot is filled", file: "objects/tcb.ts", from: "return !m[s] || !isLast(s);", to: "return true;" },
  { what: "two claims of a device may touch", file: "objects/irq.ts", from: "from < first + count && first < from + (has >> 16)", to: "from < first + count && first < from + (has >> 16) - 1" },
  { what: "an interrupt is not masked", file: "objects/irq.ts", from: "put(h + Irq.State, m[h + Irq.State] ? 3 : 1);", to: "put(h + Irq.State, 1);" },
  { what: "fuel that was burnt never comes back", file: "objects/sched-context.ts", from: "put(last + Refill.Fuel, used + (isFull ? m[last + Refill.Fuel]! : 0));", to: "put(last + Refill.Fuel, isFull ? m[last + Refill.Fuel]! : 0);" },
  { what: "a refill comes back at once", file: "objects/sched-context.ts", from: "putDouble(last, k._now + d[(sc + Sc.Period) >> 1]!);", to: "putDouble(last, k._now);" },
  { what: "a context may be bound twice", file: "objects/sched-context.ts", from: "if (owner || m[sc + Sc.Notification] || ", to: "if (m[sc] || " },
  { what: "a Zombie inside a Zombie is passed over for good", file: "work.ts", from: "(!m[inside] || inside === s || inside === top)", to: "(!m[inside] || ((m[inside]! >> 4) & 15) === CapType.Zombie)" },
  { what: "who receives keeps a reply object that has ended", file: "work.ts", from: "if (m[t + Tcb.Reply] === o) put(t + Tcb.Reply, 0);", to: "" },
  { what: "whose endpoint slot was emptied is still at home there", file: "derivation.ts", from: "put(home, 0);", to: "" },
  { what: "a task that has restarted itself keeps its lease", file: "scheduler.ts", from: "m[t] === TaskState.Ready && m[t + Tcb.Event] === -1 ? m[Reg.Pending]! : -1", to: "m[t] === TaskState.Ready && m[t + Tcb.Event] === -1 ? m[Reg.Pending]! : Op.Call" },
  { what: "a run that faults is not undone", file: "scheduler.ts", from: "if (kind) rollBack();\n", to: "if (kind) k._n = 0;\n" },
  { what: "out of fuel is no fault", file: "scheduler.ts", from: "if (left < 0) kind = FaultKind.Timeout;", to: "" },
  { what: "the domain of a task is ignored", file: "scheduler.ts", from: "if (!FULL || m[t + Tcb.Domain] === m[Reg.Domain]) {", to: "{" },
];
