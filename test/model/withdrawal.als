/*
 * A withdrawal, from acceptance to its end: two gateways that crash, pause and take over, a network that loses and delays, a
 * broker that refuses, forgets keys and contradicts itself, a client that cancels, an operator. docs/proof.md says what it covers.
 *
 * Since nothing may happen in a step, a history of exactly so many states stands for all shorter ones.
 *
 * scripts/model.sh checks it. Each `check` must find no counterexample, each `run` an instance: the runs show that the checks can
 * fail, since each takes one guard away (`Broken`). withdrawal-model.test.ts compares the tables with the code.
 */
module withdrawal

abstract sig State {}
one sig REQUESTED, RESERVED, AWAITING_CASH, SUBMITTED, PROCESSING, PAID, COMPLETED, CANCELLED, FAILED, RETURNED, NEEDS_REVIEW
  extends State {}

/* WITHDRAWAL_TRANSITIONS of src/domain/withdrawal.ts. */
fun transitions : State -> State {
    REQUESTED -> (REQUESTED + RESERVED + AWAITING_CASH + CANCELLED + FAILED + NEEDS_REVIEW)
  + RESERVED -> (RESERVED + AWAITING_CASH + CANCELLED + FAILED + NEEDS_REVIEW)
  + AWAITING_CASH -> (AWAITING_CASH + SUBMITTED + CANCELLED + FAILED + NEEDS_REVIEW)
  + SUBMITTED -> (SUBMITTED + PROCESSING + PAID + CANCELLED + FAILED + NEEDS_REVIEW)
  + PROCESSING -> (PROCESSING + PAID + CANCELLED + FAILED + NEEDS_REVIEW)
  + PAID -> (PAID + COMPLETED + RETURNED + FAILED + NEEDS_REVIEW)
  + COMPLETED -> (RETURNED)
  + CANCELLED -> (NEEDS_REVIEW)
  + FAILED -> (NEEDS_REVIEW)
  + NEEDS_REVIEW -> (REQUESTED + RESERVED + AWAITING_CASH + SUBMITTED + PROCESSING + PAID + COMPLETED + CANCELLED + FAILED + RETURNED)
}

/* The steps of WORKFLOW_KINDS.withdrawal. Left out: book-transaction and book-holdings (alike tell), restore, last-look. */
abstract sig Step {}
one sig reserve, submit, watch, tell, release extends Step {}

/* Steps whose request the upstream does only once under its key; the others are looked for and begun again. */
fun keyed : Step { submit + tell }

/* States that each step enters, from the files of src/workflows/withdrawal of that name (watch: with follow, cancel-at-broker). */
fun enters : Step -> State {
    reserve -> (RESERVED + CANCELLED + FAILED)
  + submit -> (AWAITING_CASH + SUBMITTED + PAID + CANCELLED + FAILED)
  + watch -> (PROCESSING + PAID + CANCELLED + FAILED + RETURNED)
  + tell -> (COMPLETED + FAILED)
  + release -> (FAILED)
}

/* Guards of the engine that a run takes away. */
abstract sig Guard {}
one sig FenceAsked, LeaseAskedBeforeSending, MarkBeforeSending, NudgeAskedAtMark, RefusalIsNoProof, LateArrivalWaitedFor, SameKey,
  KeyNotTrustedForEver, ReservationReleasedFirst, EndLookedAtAgain extends Guard {}
sig Broken in Guard {}

/* The row in the database. */
one sig Row {
  var state : State,
  /* None: it rests. */
  var step : lone Step,
  /* Who has the lease; what anybody else commits is refused (the fence). */
  var owner : lone Gateway,
  /* The end it comes to once its reservation is released. */
  var ending : lone State
}
/* It may have been sent and is not settled; some attempt's answer was lost; a cancel is asked for; changed since the owner read it. */
var sig Marked, Doubted, Cancel, Nudged in Row {}
/* The row knows of its reservation; InvestSuite's total contains it; an event of the broker waits to be looked at. */
var sig Held, Total, News in Row {}
/* Upvest knows the key; 23 hours have passed; the broker went on with what it had cancelled; somebody without the lease wrote. */
var sig KeyKnown, KeyOld, Contradicted, Stale in Row {}

sig Gateway {
  /* The step that it works on. */
  var at : lone Step,
  /* The request whose answer it waits for. */
  var sent : lone Request
}
/* Working on the row, as it thinks; its lease has not run out by its own clock; marked, and about to send. */
var sig Working, Fresh, Ready in Gateway {}

/* A request to an upstream; that of watch is the DELETE. */
sig Request { of : Step }
var sig Used, Flying, Done, Refused, RefusedUs in Request {}

abstract sig Stage {}
one sig New, Paying, PaidOut, Stopped, Back extends Stage {}
sig Payment { var stage : lone Stage }

fun payments [stages : set Stage] : set Payment { stage.stages }
fun active : set Payment { payments[New + Paying + PaidOut] }
fun ended : set State { COMPLETED + CANCELLED + FAILED + RETURNED }

pred holds [guard : Guard] { guard not in Broken }

pred rowSame { state' = state and step' = step and ending' = ending and Marked' = Marked and Doubted' = Doubted and Held' = Held }
pred leaseSame { owner' = owner and Stale' = Stale }
pred wishSame { Cancel' = Cancel and Nudged' = Nudged }
pred gatewaysSame { at' = at and sent' = sent and Working' = Working and Fresh' = Fresh and Ready' = Ready }
pred netSame { Used' = Used and Flying' = Flying and Done' = Done and Refused' = Refused and RefusedUs' = RefusedUs }
pred worldSame { stage' = stage and Total' = Total and KeyKnown' = KeyKnown and Contradicted' = Contradicted }
pred timeSame { KeyOld' = KeyOld }
pred newsSame { News' = News }
pred outsideSame { netSame and worldSame and timeSame }

/* ---- leases ---- */

pred claim [g : Gateway] {
  (no Row.owner or Row.owner not in Fresh) and Row.state != NEEDS_REVIEW and (some Row.step or some News)
  owner' = Row -> g and Stale' = Stale and rowSame and Cancel' = Cancel and no Nudged'
  Working' = Working + g and Fresh' = Fresh + g and Ready' = Ready - g
  at' = at - g -> Step + g -> Row.step and sent' = sent - g -> Request
  outsideSame and newsSame
}

/* Paused, or cut off from the database, until the lease has run out. */
pred expire [g : Gateway] {
  g in Fresh and Fresh' = Fresh - g
  at' = at and sent' = sent and Working' = Working and Ready' = Ready
  rowSame and leaseSame and wishSame and outsideSame and newsSame
}

pred crash [g : Gateway] {
  g in Working and Working' = Working - g and Fresh' = Fresh - g and Ready' = Ready - g
  at' = at - g -> Step and sent' = sent - g -> Request
  rowSame and leaseSame and wishSame and outsideSame and newsSame
}

/* A commit of a gateway is refused where it has lost the lease: it stops working on the row. */
pred mayCommit [g : Gateway] {
  g in Working
  holds[FenceAsked] implies Row.owner = g
  owner' = owner
  Stale' = (Row.owner = g implies Stale else Row)
}

pred lostLease [g : Gateway] {
  holds[FenceAsked] and g in Working and Row.owner != g
  Working' = Working - g and Ready' = Ready - g and Fresh' = Fresh and at' = at - g -> Step and sent' = sent - g -> Request
  rowSame and leaseSame and wishSame and outsideSame and newsSame
}

/* After a commit the gateway has the row as it is now. One in review is nobody's work. */
pred goesOn [g : Gateway] {
  Working' = (Row.state' = NEEDS_REVIEW implies Working - g else Working) and Fresh' = Fresh and Ready' = Ready - g
  at' = at - g -> Step + g -> Row.step' and sent' = sent - g -> Request and no Nudged'
}

/* ---- decisions ---- */

pred settled { no Marked' and no Doubted' }

/* Ends the row after its reservation is released. */
pred leaves [end : State] {
  settled
  (some Held and holds[ReservationReleasedFirst])
    implies (step' = Row -> release and ending' = Row -> end and state' = state and Held' = Held and Cancel' = Cancel)
    else (state' = Row -> end and no step' and no ending' and no Held' and no Cancel')
}

pred accepted [s : Step] {
  s = reserve implies (state' = Row -> RESERVED and step' = Row -> submit and Held' = Row and ending' = ending and Cancel' = Cancel)
  s = submit implies (state' = Row -> SUBMITTED and step' = Row -> watch and Held' = Held and ending' = ending and Cancel' = Cancel)
  s = tell implies (state' = Row -> COMPLETED and no step' and no Held' and ending' = ending and Cancel' = Cancel)
  s = release implies (state' = Row -> Row.ending and no step' and no Held' and no ending' and no Cancel')
  s != watch and settled
}

pred reviews {
  state' = Row -> NEEDS_REVIEW and step' = step and ending' = ending and Held' = Held and Cancel' = Cancel and settled
}

pred refused [s : Step] {
  s in reserve + submit implies leaves[FAILED]
  s in tell + release implies reviews
  s != watch
}

pred waits { rowSame and Cancel' = Cancel }

/* ---- one step of a gateway ---- */

/* Marks the step as being sent. A cancel before that means that nothing is sent. */
pred mark [g : Gateway] {
  mayCommit[g] and no Marked and no g.sent and g not in Ready and g.at in reserve + submit + tell + release
  holds[FenceAsked] implies g.at = Row.step
  g.at in reserve + submit implies (holds[NudgeAskedAtMark] implies no Cancel else (no Cancel or some Nudged))
  g.at = tell implies no payments[Back]
  state' = (g.at = submit implies Row -> AWAITING_CASH else state)
  step' = step and ending' = ending and Held' = Held and Doubted' = Doubted and wishSame
  Marked' = (holds[MarkBeforeSending] implies Row else Marked)
  Ready' = Ready + g and at' = at and sent' = sent and Working' = Working and Fresh' = Fresh
  outsideSame and newsSame
}

/* The same again, under the same key, while the upstream is known to keep it. */
pred repeats [g : Gateway] {
  mayCommit[g] and some Marked and no g.sent and g not in Ready and g.at in keyed and g.at = Row.step
  holds[KeyNotTrustedForEver] implies no KeyOld
  state' = state and step' = step and ending' = ending and Held' = Held and Marked' = Marked and Doubted' = Row and wishSame
  Ready' = Ready + g and at' = at and sent' = sent and Working' = Working and Fresh' = Fresh
  outsideSame and newsSame
}

/* Asks the broker to cancel what it has not begun. */
pred asksToCancel [g : Gateway] {
  g in Working and Row.owner = g and g.at = watch and Row.step = watch and no g.sent and g not in Ready and some Cancel and some payments[New]
  Ready' = Ready + g and at' = at and sent' = sent and Working' = Working and Fresh' = Fresh
  rowSame and leaseSame and wishSame and outsideSame and newsSame
}

/* The bytes leave. Whether the lease still holds is asked of the gateway's own clock. */
pred sends [g : Gateway, r : Request] {
  g in Ready and r not in Used and r.of = g.at
  holds[LeaseAskedBeforeSending] implies g in Fresh
  Used' = Used + r and Flying' = Flying + r and Done' = Done and Refused' = Refused and RefusedUs' = RefusedUs
  sent' = sent ++ g -> r and Ready' = Ready - g and at' = at and Working' = Working and Fresh' = Fresh
  rowSame and leaseSame and wishSame and worldSame and timeSame and newsSame
}

/* The broker or InvestSuite shows the effect of this step. */
pred seen [s : Step] {
  s = submit implies some stage.Stage
  s = reserve implies some Total
  s = release implies no Total
  s = tell implies no Total
}

/* After the time in which a request may arrive late: what is not there now has had no effect. */
pred absent [s : Step] {
  not seen[s]
  holds[LateArrivalWaitedFor] implies no (Flying & of.s)
}

pred hears [g : Gateway] {
  some g.sent and mayCommit[g] and goesOn[g] and outsideSame and newsSame
  let s = g.at, r = g.sent {
    s = watch implies {
      r in Done implies leaves[CANCELLED] else waits
    } else {
      r in Done implies accepted[s]
      r in Refused implies {
        (no Doubted or not holds[RefusalIsNoProof] or absent[s]) implies refused[s] else waits
      }
      /* About the gateway and not the request: another time. */
      r in RefusedUs implies {
        no Doubted implies (state' = state and step' = step and ending' = ending and Held' = Held and Cancel' = Cancel and settled)
          else waits
      }
    }
    r in Done + Refused + RefusedUs
  }
}

/* No answer in time: the outcome is unknown. */
pred hearsNothing [g : Gateway] {
  some g.sent and mayCommit[g] and goesOn[g] and outsideSame and newsSame
  state' = state and step' = step and ending' = ending and Held' = Held and Marked' = Marked and Cancel' = Cancel
  Doubted' = ((g.at = watch or no Marked) implies Doubted else Row)
}

/* Looks for the effect of an attempt that can't be repeated. */
pred looks [g : Gateway] {
  some Marked and no g.sent and g not in Ready and g.at = Row.step and mayCommit[g] and goesOn[g] and outsideSame and newsSame
  g.at in keyed implies some KeyOld
  seen[g.at] implies accepted[g.at]
  else (absent[g.at] and state' = state and step' = step and ending' = ending and Held' = Held and Cancel' = Cancel and settled)
}

pred givesUp [g : Gateway] {
  some Marked and some Doubted and no g.sent and g not in Ready and mayCommit[g] and goesOn[g] and outsideSame and newsSame and reviews
}

/* A cancel that comes before anything was sent. */
pred cancelsUnsent [g : Gateway] {
  some Cancel and no Marked and no g.sent and g not in Ready and g.at = Row.step and g.at in reserve + submit
  mayCommit[g] and goesOn[g] and outsideSame and newsSame and leaves[CANCELLED]
}

/* Follows the payment. */
pred follows [g : Gateway] {
  g.at = watch and Row.step = watch and no g.sent and g not in Ready and mayCommit[g] and goesOn[g] and outsideSame and no News'
  some payments[PaidOut + Back] implies isPaid
  else some payments[Paying] implies {
    state' = Row -> PROCESSING and step' = step and ending' = ending and Held' = Held and settled and no Cancel'
  } else some payments[Stopped] implies {
    some Cancel implies leaves[CANCELLED] else leaves[FAILED]
  } else waits
}

pred returns [g : Gateway] {
  g.at = tell and Row.step = tell and no Marked and some payments[Back] and no g.sent and g not in Ready
  mayCommit[g] and goesOn[g] and outsideSame and no News' and leaves[RETURNED]
}

/* An ended row is told of again. */
pred looksAgain [g : Gateway] {
  no g.at and no Row.step and some News and Row.state in ended and mayCommit[g] and goesOn[g] and outsideSame and no News'
  (Row.state = COMPLETED and some payments[Back]) implies leaves[RETURNED]
  else (Row.state in CANCELLED + FAILED and some active and holds[EndLookedAtAgain]) implies reviews
  else waits
}

/* ---- the others ---- */

pred arrives [r : Request] {
  r in Flying and Flying' = Flying - r and Used' = Used
  Done' = Done + r or Refused' = Refused + r or RefusedUs' = RefusedUs + r
  (Done' = Done or (Refused' = Refused and RefusedUs' = RefusedUs)) and (Refused' = Refused or RefusedUs' = RefusedUs)
  Done' in Done + r and Refused' in Refused + r and RefusedUs' in RefusedUs + r
  r in Done' implies effect[r] else (worldSame and newsSame)
  rowSame and leaseSame and wishSame and gatewaysSame and timeSame
}

pred effect [r : Request] {
  Contradicted' = Contradicted
  r.of = submit implies {
    KeyKnown' = Row and Total' = Total
    (some KeyKnown and holds[SameKey]) implies (stage' = stage and newsSame)
    else (some p : Payment | no p.stage and stage' = stage + p -> New and News' = Row)
  } else {
    KeyKnown' = KeyKnown
    r.of = reserve implies Total' = Row
    r.of in release + tell implies no Total'
    r.of = watch implies Total' = Total
    r.of = watch implies (some p : payments[New] | stage' = stage ++ p -> Stopped and News' = Row) else (stage' = stage and newsSame)
  }
}

pred isLost [r : Request] {
  r in Flying and Flying' = Flying - r and Used' = Used and Done' = Done and Refused' = Refused and RefusedUs' = RefusedUs
  rowSame and leaseSame and wishSame and gatewaysSame and worldSame and timeSame and newsSame
}

pred brokerGoesOn [p : Payment] {
  some p.stage and some next : Stage {
    p.stage -> next in New -> Paying + Paying -> PaidOut + PaidOut -> Back + New -> Stopped + Stopped -> Paying
    stage' = stage ++ p -> next
    Contradicted' = (p.stage = Stopped implies Row else Contradicted)
  }
  News' = Row and Total' = Total and KeyKnown' = KeyKnown
  rowSame and leaseSame and wishSame and gatewaysSame and netSame and timeSame
}

/* 23 hours pass for the gateways, later 24 for Upvest: what was under way has long arrived. */
pred ages { no KeyOld and no Flying and no Gateway.sent and no Ready and KeyOld' = Row and netSame and worldSame and newsSame and rowSame and leaseSame and wishSame and gatewaysSame }
pred forgetsKey {
  some KeyOld and some KeyKnown and no Flying and no KeyKnown' and stage' = stage and Total' = Total and Contradicted' = Contradicted
  rowSame and leaseSame and wishSame and gatewaysSame and netSame and timeSame and newsSame
}

pred clientCancels {
  no Cancel and Row.state in REQUESTED + RESERVED + AWAITING_CASH + SUBMITTED and Row.step != release
  Cancel' = Row and Nudged' = Row and rowSame and leaseSame and gatewaysSame and outsideSame and newsSame
}

/* The operator has looked, and says what is true. (NOT_DONE after PAID ends in FAILED with a reason that says so: left out.) */
pred operatorDecides {
  Row.state = NEEDS_REVIEW and owner' = owner and Stale' = Stale and gatewaysSame and outsideSame and newsSame and Nudged' = Row
  let s = Row.step {
    s = reserve implies (some Total implies accepted[reserve] else (no Flying and leaves[FAILED]))
    s = submit implies (some payments[PaidOut] implies isPaid else (no active and no Flying and leaves[FAILED]))
    s in tell + release implies (no Total and accepted[s])
    no s implies (some active implies isFollowed else (no Flying and leaves[CANCELLED]))
  }
}
pred isPaid { state' = Row -> PAID and step' = Row -> tell and ending' = ending and Held' = Held and no Cancel' and settled }
pred isFollowed { state' = Row -> SUBMITTED and step' = Row -> watch and ending' = ending and Held' = Held and Cancel' = Cancel and settled }

pred nothing { rowSame and leaseSame and wishSame and gatewaysSame and outsideSame and newsSame }

fact begins {
  Row.state = REQUESTED and Row.step in reserve + submit and no owner and no ending and no at and no sent and no stage
  no Marked and no Doubted and no Cancel and no Nudged and no Held and no Total and no News and no KeyKnown and no KeyOld
  no Contradicted and no Stale and no Working and no Fresh and no Ready and no Used and no Flying and no Done and no Refused and no RefusedUs
}

fact goes {
  always (nothing or clientCancels or operatorDecides or ages or forgetsKey
    or (some g : Gateway | claim[g] or expire[g] or crash[g] or lostLease[g] or mark[g] or repeats[g] or asksToCancel[g]
      or hears[g] or hearsNothing[g] or looks[g] or givesUp[g] or cancelsUnsent[g] or follows[g] or returns[g] or looksAgain[g]
      or (some r : Request | sends[g, r]))
    or (some r : Request | arrives[r] or isLost[r])
    or (some p : Payment | brokerGoesOn[p]))
}

/* ---- what must hold ---- */

pred paidOnce { always lone stage.Stage }

/* No end that says nothing was paid, while something is or may be paid; unless the broker contradicts itself, which is never forgotten. */
pred endsAreTrue {
  always (Row.state in CANCELLED + FAILED implies
    (no (Flying & of.submit) and (no active or (some Contradicted and some News))))
}

/* Nothing stays reserved. */
pred released { always (Row.state in ended implies (no Total and no Held and no (Flying & of.reserve))) }

pred onlyForward { always (Row.state' = Row.state or Row.state -> Row.state' in transitions) }

pred noStaleWrites { always no Stale }

/* A cancel that is recorded before the mark: nothing is sent. */
pred cancelForbidsSending {
  always ((some Cancel and no Marked and Row.step in reserve + submit) implies no Marked')
}

assert Holds {
  no Broken implies (paidOnce and endsAreTrue and released and onlyForward and noStaleWrites and cancelForbidsSending)
}
check Holds for 2 Gateway, 3 Request, 2 Payment, 10..10 steps
assert HoldsLonger { no Broken implies (paidOnce and endsAreTrue and released and onlyForward and noStaleWrites and cancelForbidsSending) }
check HoldsLonger for 2 Gateway, 4 Request, 2 Payment, 13..13 steps

/* The model lives: it comes to its ends, also after a takeover with a lost answer. */
run LivesCompletes { no Broken and eventually Row.state = COMPLETED } for 1 Gateway, 2 Request, 1 Payment, 14..14 steps
run LivesThroughTakeover {
  no Broken and eventually some Doubted and eventually (Row.state = SUBMITTED and some g : Gateway | g in Working and Row.owner != g)
} for 2 Gateway, 2 Request, 1 Payment, 13..13 steps
run LivesCancelsAtBroker { no Broken and eventually (Row.state = CANCELLED and some Used & of.watch) } for 1 Gateway, 2 Request, 1 Payment, 12..12 steps
run LivesFailsReleased { no Broken and eventually some Held and eventually Row.state = FAILED } for 1 Gateway, 3 Request, 1 Payment, 15..15 steps
run LivesReturns { no Broken and eventually (Row.state = COMPLETED and eventually Row.state = RETURNED) } for 1 Gateway, 2 Request, 1 Payment, 16..16 steps
run LivesReviews { no Broken and eventually (Row.state = CANCELLED and eventually Row.state = NEEDS_REVIEW) } for 1 Gateway, 2 Request, 1 Payment, 14..14 steps

/* Without one of its guards the model breaks: the checks above can fail. */
run WithoutFence { Broken = FenceAsked and not noStaleWrites } for 2 Gateway, 3 Request, 2 Payment, 10..10 steps
run WithoutFenceBackwards { Broken = FenceAsked and not onlyForward } for 2 Gateway, 3 Request, 2 Payment, 10..10 steps
run WithoutLeaseBeforeSending { Broken = LeaseAskedBeforeSending and not endsAreTrue } for 2 Gateway, 3 Request, 2 Payment, 10..10 steps
run WithoutMark { Broken = MarkBeforeSending and not endsAreTrue } for 2 Gateway, 3 Request, 2 Payment, 10..10 steps
run WithoutNudge { Broken = NudgeAskedAtMark and not cancelForbidsSending } for 2 Gateway, 3 Request, 2 Payment, 10..10 steps
run WithoutDoubtAfterRefusal { Broken = RefusalIsNoProof and not endsAreTrue } for 2 Gateway, 3 Request, 2 Payment, 10..10 steps
run WithoutLateArrival { Broken = LateArrivalWaitedFor and not endsAreTrue } for 2 Gateway, 3 Request, 2 Payment, 10..10 steps
run WithoutSameKey { Broken = SameKey and not paidOnce } for 2 Gateway, 3 Request, 2 Payment, 10..10 steps
run WithoutKeyLifetime { Broken = KeyNotTrustedForEver and not paidOnce } for 2 Gateway, 3 Request, 2 Payment, 12..12 steps
run WithoutRelease { Broken = ReservationReleasedFirst and not released } for 2 Gateway, 3 Request, 2 Payment, 10..10 steps
run WithoutSecondLook { Broken = EndLookedAtAgain and not endsAreTrue } for 2 Gateway, 3 Request, 2 Payment, 10..10 steps
