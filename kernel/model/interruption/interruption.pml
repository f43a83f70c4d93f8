/*
 * Interruptions: a server and two callers that meet at an endpoint, a task that revokes in slices, and anything failing at any time.
 *
 * One step is one atomic step of the kernel between which a reset of the engine, a fault or another task can come: a committed run, a fault, a run that
 * never came back and its recovery, an interrupt, a slice, Suspend, Resume. Any ready task may run next, which allows more than the kernel's order does.
 * Names and numbers are those of kernel/gate.ts. interruption.test.ts has spin search all states, and replays random runs of this model on the kernel.
 */
#define TaskState_Inactive 0
#define TaskState_Ready 1
#define TaskState_BlockedOnReceive 2
#define TaskState_BlockedOnSend 3
#define TaskState_BlockedOnReply 4
#define TaskState_BlockedOnNotification 5
#define TaskState_BlockedOnWork 6
#define TaskState_Faulted 7
#define Event_Start 0
#define Event_Message 1
#define Event_Reply 2
#define Event_Notification 3
#define Event_DeadReply 6
#define Event_Done 7
#define Event_Cancelled 8
/* No event: it goes home, which no handler sees. */
#define Limit_GoHome 15
#define Limit_Slice 8

/* Tasks: server, two callers, revoker. */
#define S 0
#define A 1
#define B 2
#define V 3
#define NONE 4
/* Capabilities derived from the revoker's; one more than fits into one slice. */
#ifndef CAPS
#define CAPS 9
#endif
#define QUEUED 1
#define GOING 2

byte st[4];
/* Event it gets; 0 unless ready. */
byte ev[4];
/* Its notification is active. Only the server and one caller get signals: the others would only multiply the states. */
bit pend[4];
/* Senders waiting at the endpoint. */
byte q[2];
byte qn;
/* Caller that the reply object names. */
byte rc;
byte n;
byte work;
/* The revoker still waits for the work in progress. */
bit told;
/* Its run never came back. */
byte running;
/* Scratch. */
hidden byte i;

inline wake(t, e) {
  st[t] = TaskState_Ready;
  ev[t] = e
}

inline leave(t) {
  if
  :: qn == 2 && q[0] == t -> q[0] = q[1]; q[1] = 0; qn = 1
  :: qn == 2 && q[1] == t -> q[1] = 0; qn = 1
  :: qn == 1 && q[0] == t -> q[0] = 0; qn = 0
  :: else
  fi
}

/* cancel.ts */
inline cancel(t) {
  if
  :: st[t] == TaskState_BlockedOnReply ->
    /* objects/reply.ts endCall: the server was at home, and kept from its endpoint by this call. */
    rc = NONE;
    if
    :: st[S] == TaskState_BlockedOnNotification -> wake(S, Limit_GoHome)
    :: else
    fi
  :: st[t] == TaskState_BlockedOnSend -> leave(t)
  :: st[t] == TaskState_BlockedOnWork && work == QUEUED -> work = 0
  :: st[t] == TaskState_BlockedOnWork && work == GOING -> told = 0
  :: else
  fi
}

/* objects/tcb.ts */
inline halt(t, s) {
  cancel(t);
  st[t] = s;
  ev[t] = 0;
  if
  :: t == S ->
    i = A;
    do
    :: i > B -> break
    :: i <= B && st[i] == TaskState_BlockedOnReply -> rc = NONE; wake(i, Event_DeadReply); i++
    :: i <= B && st[i] == TaskState_BlockedOnSend -> leave(i); wake(i, Event_DeadReply); i++
    :: else -> i++
    od
  :: else
  fi
}

/* objects/endpoint.ts goHome, receive */
inline home(t) {
  if
  :: pend[t] -> pend[t] = 0; wake(t, Event_Notification)
  :: !pend[t] && t == S && rc == NONE && qn > 0 ->
    i = q[0];
    leave(i);
    rc = i;
    st[i] = TaskState_BlockedOnReply;
    ev[i] = 0;
    wake(S, Event_Message)
  :: !pend[t] && t == S && rc == NONE && qn == 0 -> st[t] = TaskState_BlockedOnReceive; ev[t] = 0
  :: !pend[t] && !(t == S && rc == NONE) -> st[t] = TaskState_BlockedOnNotification; ev[t] = 0
  fi
}

/* objects/endpoint.ts send; the gate refuses with NotReady when the server is down. */
inline call(t) {
  if
  :: st[S] == TaskState_BlockedOnReceive ->
    wake(S, Event_Message);
    rc = t;
    st[t] = TaskState_BlockedOnReply;
    ev[t] = 0
  :: st[S] == TaskState_Inactive || st[S] == TaskState_Faulted -> home(t)
  :: else ->
    q[qn] = t;
    qn++;
    st[t] = TaskState_BlockedOnSend;
    ev[t] = 0
  fi
}

inline reply() {
  if
  :: rc != NONE -> i = rc; rc = NONE; wake(i, Event_Reply)
  :: else
  fi;
  home(S)
}

/* work.ts workSlice */
inline slice() {
  if
  :: work == QUEUED -> work = GOING; told = 1
  :: else
  fi;
  if
  :: n >= Limit_Slice -> n = n - Limit_Slice
  :: else ->
    n = 0;
    work = 0;
    if
    :: told -> wake(V, Event_Done)
    :: else
    fi;
    told = 0
  fi
}

/* notification.ts signal */
inline kick(t) {
  if
  :: st[t] == TaskState_BlockedOnReceive || st[t] == TaskState_BlockedOnNotification -> wake(t, Event_Notification)
  :: else -> pend[t] = 1
  fi
}

inline resume(t) {
  i = st[t];
  cancel(t);
  if
  :: i == TaskState_Inactive || i == TaskState_Faulted -> wake(t, Event_Start)
  :: else -> wake(t, Event_Cancelled)
  fi
}

#define isDown(t) (st[t] == TaskState_Inactive || st[t] == TaskState_Faulted)
#define inQueue(t) ((qn > 0 && q[0] == t) || (qn > 1 && q[1] == t))

inline check() {
  /* The reply object names a caller exactly while that is blocked on it: no answer reaches a later call, none is lost. */
  assert((rc == A) == (st[A] == TaskState_BlockedOnReply));
  assert((rc == B) == (st[B] == TaskState_BlockedOnReply));
  assert(rc == A || rc == B || rc == NONE);
  /* Queues are consistent. */
  assert(inQueue(A) == (st[A] == TaskState_BlockedOnSend));
  assert(inQueue(B) == (st[B] == TaskState_BlockedOnSend));
  assert(!(qn == 2 && q[0] == q[1]));
  /* Sender and receiver never wait for each other. */
  assert(!(qn > 0 && st[S] == TaskState_BlockedOnReceive));
  /* Nobody waits for a server that is down: the dead are told on. */
  assert(!(isDown(S) && (rc != NONE || qn > 0)));
  /* The revoker waits exactly while somebody will tell it; when it is told, nothing derived is left. */
  assert((st[V] == TaskState_BlockedOnWork) == (work == QUEUED || (work == GOING && told)));
  /* Of a run that never came back nothing is seen. */
  assert(running == NONE || st[running] == TaskState_Ready)
}

#define SHOWN st[S], st[A], st[B], st[V], ev[S], ev[A], ev[B], ev[V], pend[S], pend[A], pend[B], pend[V], qn, q[0], q[1], rc, n, work, told, running
#define STEP(name, t, what) printf("@ %d %d %d : %d %d %d %d  %d %d %d %d  %d %d %d %d  %d %d %d  %d  %d %d %d  %d\n", name, t, what, SHOWN)
/* With -DPAIRS a search prints the state before each step as well: all transitions. */
#ifdef PAIRS
#define FROM printf("< %d %d %d %d  %d %d %d %d  %d %d %d %d  %d %d %d  %d  %d %d %d  %d\n", SHOWN)
#else
#define FROM skip
#endif

/* Steps, as numbers in the trace. */
#define RUN 1
#define KICK 2
#define RESUME 3
#define SUSPEND 4
#define COPY 5
#define SLICE 6
#define RECOVER 7
/* What a run does. */
#define NOTHING 0
#define CALL 1
#define REPLY 2
#define REVOKE 3
#define THROW 4
#define LOST 5

#define ready(t) (running == NONE && st[t] == TaskState_Ready)
#define runs(t) (ready(t) && ev[t] != Limit_GoHome)

#define COMMON(t) \
  :: d_step { ready(t) -> FROM; home(t); check(); STEP(RUN, t, NOTHING) } \
  :: d_step { runs(t) -> FROM; halt(t, TaskState_Faulted); check(); STEP(RUN, t, THROW) } \
  :: d_step { runs(t) -> FROM; running = t; check(); STEP(RUN, t, LOST) } \
  :: d_step { running == t -> FROM; running = NONE; halt(t, TaskState_Faulted); check(); STEP(RECOVER, t, 0) } \
  :: d_step { running == NONE && st[t] != TaskState_Ready -> FROM; resume(t); check(); STEP(RESUME, t, 0) } \
  :: d_step { running == NONE && st[t] != TaskState_Inactive -> FROM; halt(t, TaskState_Inactive); check(); STEP(SUSPEND, t, 0) }

active proctype kernel() {
  d_step {
    rc = NONE;
    running = NONE;
    i = 0;
    do
    :: i < 4 -> wake(i, Event_Start); i++
    :: else -> break
    od
  };
  do
  COMMON(S)
  COMMON(A)
  COMMON(B)
  COMMON(V)
  :: d_step { running == NONE && !pend[S] -> FROM; kick(S); check(); STEP(KICK, S, 0) }
  :: d_step { running == NONE && !pend[A] -> FROM; kick(A); check(); STEP(KICK, A, 0) }
  :: d_step { ready(A) -> FROM; call(A); check(); STEP(RUN, A, CALL) }
  :: d_step { ready(B) -> FROM; call(B); check(); STEP(RUN, B, CALL) }
  :: d_step { runs(S) -> FROM; reply(); check(); STEP(RUN, S, REPLY) }
  :: d_step { ready(V) && work == 0 -> FROM; st[V] = TaskState_BlockedOnWork; ev[V] = 0; work = QUEUED; check(); STEP(RUN, V, REVOKE) }
  :: d_step { running == NONE && n < CAPS -> FROM; n++; check(); STEP(COPY, 0, 0) }
  :: d_step { running == NONE && work != 0 -> FROM; slice(); assert(ev[V] != Event_Done || st[V] != TaskState_Ready || work != 0 || n == 0); check(); STEP(SLICE, 0, 0) }
  od
}
