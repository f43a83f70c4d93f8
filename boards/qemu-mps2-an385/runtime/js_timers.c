/*
 * js_timers.c: setTimeout and its family, and the event queue.
 *
 * Both lists live in C, so that a program stopped in the middle (Ctrl-C, stack overflow) cannot leave them
 * half changed. An interval's next time is its last due time plus the interval: it does not drift.
 * API: Espruino reference, setTimeout, setInterval, changeInterval, clearTimeout, clearInterval.
 */
#include "runtime.h"

typedef struct Job {
  struct Job *next;
  uint64_t dueUs;
  double intervalUs; /* 0: once */
  int id;
  uint32_t age; /* order of making */
  xsSlot function, self, arguments;
} Job;

#define MINIMUM_INTERVAL_US 100.0

static Job *timers, *events, **eventsEnd = &events;
static uint32_t lastAge;
static int runningId; /* of the timer whose callback runs: it still counts as there */

static Job *newJob(xsMachine *the, xsSlot function, xsSlot self, xsSlot arguments) {
  Job *job = calloc(1, sizeof *job);
  if (!job) xsRangeError("not enough memory for a timer or event");
  jsHold(the, &job->function, function);
  jsHold(the, &job->self, self);
  jsHold(the, &job->arguments, arguments);
  return job;
}

static void freeJob(xsMachine *the, Job *job) {
  xsForget(job->function);
  xsForget(job->self);
  xsForget(job->arguments);
  free(job);
}

/* Runs a job's function, string or list of these through the prelude; errors are reported there. */
static void runJob(xsMachine *the, Job *job, bool last) {
  xsBeginHost(the);
  {
    xsVars(3);
    xsVar(0) = xsAccess(job->function);
    xsVar(1) = xsAccess(job->self);
    xsVar(2) = xsAccess(job->arguments);
    if (last) freeJob(the, job);
    xsTry { xsCall3(jsNative(the), xsID("invoke"), xsVar(0), xsVar(1), xsVar(2)); }
    xsCatch { xsCall1(jsNative(the), xsID("uncaught"), xsException); }
  }
  xsEndHost(the);
}

/* ------------------------------------------------------------ timers */

static void schedule(Job *job) {
  Job **place = &timers;
  while (*place && (*place)->dueUs <= job->dueUs) place = &(*place)->next;
  job->next = *place;
  *place = job;
}

static Job *unschedule(int id) {
  for (Job **place = &timers; *place; place = &(*place)->next) {
    Job *job = *place;
    if (job->id != id) continue;
    *place = job->next;
    return job;
  }
  return NULL;
}

/* Espruino numbers a timer one above the highest there is: ids are used again. */
static int freeId(void) {
  int highest = runningId;
  for (Job *job = timers; job; job = job->next) {
    if (job->id > highest) highest = job->id;
  }
  return highest + 1;
}

static double toUs(xsMachine *the, xsSlot milliseconds) {
  double us = xsToNumber(milliseconds) * 1000.0;
  return us > 0 ? (us < 9e15 ? us : 9e15) : 0; /* NaN and negative count as 0 */
}

/* native.timer(function, ms, repeat, arguments) -> id */
JS_FUNCTION("native.timer", timerAdd, 4) {
  double us = toUs(the, xsArg(1));
  bool repeat = xsToBoolean(xsArg(2));
  if (repeat && us < MINIMUM_INTERVAL_US) us = MINIMUM_INTERVAL_US;
  Job *job = newJob(the, xsArg(0), xsGlobal, xsArg(3));
  job->intervalUs = repeat ? us : 0;
  job->dueUs = clockUs() + (uint64_t)us;
  job->id = freeId();
  job->age = ++lastAge;
  schedule(job);
  xsResult = xsInteger(job->id);
}

/* native.timerClear(id or undefined for all) -> whether it was there */
JS_FUNCTION("native.timerClear", timerClear, 1) {
  bool all = !HAS_ARG(0), found = false;
  for (Job *job; (job = all ? timers : unschedule((int)xsToInteger(xsArg(0)))) != NULL; found = true) {
    if (all) timers = job->next;
    freeJob(the, job);
  }
  xsResult = xsBoolean(found);
}

/* native.timerChange(id, ms) -> whether it was there */
JS_FUNCTION("native.timerChange", timerChange, 2) {
  double us = toUs(the, xsArg(1));
  Job *job = unschedule((int)xsToInteger(xsArg(0)));
  xsResult = xsBoolean(job != NULL);
  if (!job) return;
  job->intervalUs = us < MINIMUM_INTERVAL_US ? MINIMUM_INTERVAL_US : us;
  job->dueUs = clockUs() + (uint64_t)us;
  schedule(job);
}

bool timersRun(xsMachine *the) {
  runningId = 0; /* a stopped callback did not come back here */
  uint64_t now = clockUs();
  uint32_t newest = lastAge; /* a timer set by a callback waits for the next pass */
  bool any = false;
  while (timers && timers->dueUs <= now && timers->age <= newest && !engineRestartPending()) {
    Job *job = timers;
    timers = job->next;
    any = true;
    runningId = job->id;
    if (job->intervalUs > 0) {
      job->dueUs += (uint64_t)job->intervalUs;
      schedule(job);
      runJob(the, job, false);
    } else {
      runJob(the, job, true);
    }
    runningId = 0;
  }
  return any;
}

uint64_t timersNextUs(void) { return timers ? timers->dueUs : NEVER_US; }

/* ------------------------------------------------------------ events */

/* native.queue(function, this, arguments) */
JS_FUNCTION("native.queue", eventQueue, 3) {
  Job *job = newJob(the, xsArg(0), xsArg(1), xsArg(2));
  *eventsEnd = job;
  eventsEnd = &job->next;
}

bool eventsRun(xsMachine *the) {
  bool any = events != NULL;
  while (events && !engineRestartPending()) {
    Job *job = events;
    events = job->next;
    if (!events) eventsEnd = &events;
    runJob(the, job, true);
  }
  return any;
}

void timersForget(void) {
  for (Job *job; (job = timers) != NULL; free(job)) timers = job->next; /* of an earlier machine */
  for (Job *job; (job = events) != NULL; free(job)) events = job->next;
  eventsEnd = &events;
  runningId = 0;
}
