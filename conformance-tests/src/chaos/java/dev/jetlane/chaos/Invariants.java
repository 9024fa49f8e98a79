// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What must hold of the deliveries of each task, judged from the history alone. Every judgement
 * holds however slow the machine is: a delivery counts as sent at any time since the pull that
 * returned it began.
 */
final class Invariants {

  /** Between the end of a lease and what a restarted server makes of it: whole seconds. */
  private static final long RESTART_EARLY_MICROS = 1_000_000;

  private static final long EARLY_TOLERANCE_MICROS = 50_000;

  /**
   * How long before its end a server may not have written down an ack: tenths of a second (measured
   * up to 0.1 s), more on a machine that is busy.
   */
  private static final long FORGETS_MICROS = 5_000_000;

  private final Run run;
  private final long leaseMicros;

  /** Deliveries of a task whose ack was confirmed before. */
  int afterAck;

  /** Of these: the server was killed soon after the ack, and had not written it down. */
  int afterAckForgotten;

  /** Of these: the task was stored twice, because a restarted server forgets settled ids. */
  int afterAckStoredAgain;

  /** Of these: in flight to another worker when the ack was confirmed. */
  int afterAckRaced;

  /** The longest time before a kill of an ack that was forgotten. */
  long forgottenAtMostMicros;

  /** What must not happen. */
  final List<String> violations = new ArrayList<>();

  Invariants(Run run, long leaseMicros) {
    this.run = run;
    this.leaseMicros = leaseMicros;
  }

  Invariants check() {
    for (Map.Entry<String, List<Event>> task : run.tasks().entrySet()) {
      List<Event> got = task.getValue().stream().filter(e -> e.kind() == Event.Kind.GOT).toList();
      noDeliveryAfterAck(task.getKey(), task.getValue(), got);
      attemptsGrow(task.getKey(), got);
      leasesHold(task.getKey(), task.getValue(), got);
      delayHolds(task.getKey(), task.getValue(), got);
    }
    return this;
  }

  private void noDeliveryAfterAck(String id, List<Event> life, List<Event> got) {
    Event ack = null;
    for (Event event : life) {
      if (event.kind() == Event.Kind.ACKED && event.confirmed()) {
        ack = ack == null ? event : ack;
      } else if (event.kind() == Event.Kind.GOT && ack != null) {
        afterAck++;
        explain(id, life, got, ack, event);
      }
    }
  }

  private void explain(String id, List<Event> life, List<Event> got, Event ack, Event again) {
    if (storedAgain(life, ack) || movedAgain(id, life, again)) {
      afterAckStoredAgain++;
    } else if (wasUnderWay(got, ack, again)) {
      afterAckRaced++;
    } else {
      long agoMicros = forgottenBefore(life, again);
      if (agoMicros < 0) {
        violations.add("I4 " + id + ": delivered after its ack was confirmed, and no crash near");
      } else {
        afterAckForgotten++;
        forgottenAtMostMicros = Math.max(forgottenAtMostMicros, agoMicros);
      }
    }
  }

  /** A push was in flight after the ack, and a server that ended meanwhile had forgotten its id. */
  private boolean storedAgain(List<Event> life, Event ack) {
    for (Event event : life) {
      if (event.kind() == Event.Kind.PUSHED
          && event.micros() > ack.sinceMicros()
          && run.serverDiedBetween(life.get(0).micros(), event.micros())) {
        return true;
      }
    }
    return false;
  }

  /** A server that ended had forgotten that the delayed task was moved, or removed. */
  private boolean movedAgain(String id, List<Event> life, Event again) {
    return TaskKind.of(id) == TaskKind.LATER
        && run.serverDiedBetween(life.get(0).micros(), again.micros());
  }

  /** Sent before the ack was applied: the lease of the acked delivery was over, or forgotten. */
  private boolean wasUnderWay(List<Event> got, Event ack, Event again) {
    if (again.sinceMicros() > ack.micros()) {
      return false;
    }
    for (Event delivery : got) {
      boolean acked = delivery.micros() <= ack.sinceMicros();
      boolean leaseOver =
          ack.micros() - delivery.sinceMicros() > leaseMicros - RESTART_EARLY_MICROS;
      // A server that forgot either of them gave the task to both.
      long sinceMicros = Math.min(delivery.sinceMicros(), again.sinceMicros());
      if (acked && (leaseOver || run.serverDiedBetween(sinceMicros, ack.micros()))) {
        return true;
      }
      // Sent before the acked one, and its lease expired before a worker received it.
      boolean sentFirst = again.attempt() < delivery.attempt();
      long heldMicros = ack.micros() - again.sinceMicros();
      if (acked && sentFirst && heldMicros > leaseMicros - RESTART_EARLY_MICROS) {
        return true;
      }
    }
    return false;
  }

  /** How long before the end of a server the task's latest ack was confirmed; -1 if not near. */
  private long forgottenBefore(List<Event> life, Event again) {
    long nearest = -1;
    for (Event ack : life) {
      if (ack.kind() != Event.Kind.ACKED || !ack.confirmed() || ack.micros() > again.micros()) {
        continue;
      }
      for (Event fault : run.faults()) {
        long ago = fault.sinceMicros() - ack.micros();
        boolean ended = Fault.valueOf(fault.subject()).endsServer();
        // The ack may have been answered while the signal was pending.
        boolean near = ago > -leaseMicros && ago < FORGETS_MICROS;
        if (ended && near && fault.sinceMicros() <= again.micros()) {
          nearest = nearest <= 0 || ago <= 0 ? Math.max(nearest, ago) : Math.min(nearest, ago);
          nearest = Math.max(0, nearest);
        }
      }
    }
    return nearest;
  }

  /** No attempt is counted twice while the server lives. */
  private void attemptsGrow(String id, List<Event> got) {
    for (int i = 0; i < got.size(); i++) {
      for (int j = i + 1; j < got.size(); j++) {
        Event one = got.get(i);
        Event two = got.get(j);
        if (one.attempt() == two.attempt() && !serverDiedBetween(one, two)) {
          violations.add("I6 " + id + ": attempt " + one.attempt() + " twice, and no restart");
        }
      }
    }
  }

  /** Not before the lease is over, unless it was given back. */
  private void leasesHold(String id, List<Event> life, List<Event> got) {
    for (Event one : got) {
      for (Event two : got) {
        boolean next = two.attempt() == one.attempt() + 1;
        boolean early = two.micros() < one.sinceMicros() + leaseMicros - EARLY_TOLERANCE_MICROS;
        if (next && early && two.micros() > one.sinceMicros()) {
          boolean givenBack =
              life.stream().anyMatch(e -> mayGiveBack(e, got) && e.attempt() <= one.attempt());
          if (!givenBack && !givenBackUnseen(got, one) && !serverDiedBetween(one, two)) {
            violations.add(
                "I5 " + id + ": attempt " + two.attempt() + " before the lease was over");
          }
        }
      }
    }
  }

  /**
   * A nak within its own lease may arrive late, and affect the next holder. One that is asked for
   * later must not be sent, because the client knows that the lease is over.
   */
  private boolean mayGiveBack(Event nak, List<Event> got) {
    if (nak.kind() != Event.Kind.NAK) {
      return false;
    }
    // A server that was restarted may count an attempt twice.
    List<Event> own = got.stream().filter(each -> each.attempt() == nak.attempt()).toList();
    return own.isEmpty()
        || own.stream()
            .anyMatch(
                each ->
                    each.micros() <= nak.micros() && nak.micros() <= each.micros() + leaseMicros);
  }

  /** Counted from before its first push, because any of the pushes may have stored it. */
  private void delayHolds(String id, List<Event> life, List<Event> got) {
    if (TaskKind.of(id) != TaskKind.LATER || life.get(0).kind() != Event.Kind.PUSH) {
      return;
    }
    long dueMicros = life.get(0).micros() + TaskKind.DELAY.toNanos() / 1_000;
    for (Event delivery : got) {
      if (delivery.micros() < dueMicros - EARLY_TOLERANCE_MICROS) {
        violations.add("I10 " + id + ": delivered before it was due");
      }
    }
  }

  /**
   * An attempt that no worker received was given back by its puller, or died with it. A server does
   * not compare deliveries: a nak on a slow connection can affect the next holder.
   */
  private static boolean givenBackUnseen(List<Event> got, Event one) {
    long seen =
        got.stream().mapToInt(Event::attempt).filter(a -> a <= one.attempt()).distinct().count();
    return seen < one.attempt();
  }

  private boolean serverDiedBetween(Event one, Event two) {
    return run.serverDiedBetween(
        Math.min(one.sinceMicros(), two.sinceMicros()), Math.max(one.micros(), two.micros()));
  }
}
