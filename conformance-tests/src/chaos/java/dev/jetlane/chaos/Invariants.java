// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The invariants of the deliveries of each task, judged from the history alone. Each judgement
 * holds on any slow machine: a delivery may have been sent at any time since its pull began.
 */
final class Invariants {

  /** The tolerance for leases at a restarted server, which stores whole seconds. */
  private static final long RESTART_EARLY_MICROS = 1_000_000;

  private static final long EARLY_TOLERANCE_MICROS = 50_000;

  /**
   * The time before its end in which a server may not have stored an ack: tenths of a second
   * (measured up to 0.1 s), more on a busy machine.
   */
  private static final long FORGETS_MICROS = 5_000_000;

  private final Run run;
  private final long leaseMicros;

  /** Deliveries of a task after a confirmed ack. */
  int afterAck;

  /** Of these: the server was killed soon after the ack, and had not stored it. */
  int afterAckForgotten;

  /** Of these: the task was stored twice, because a restarted server forgets settled ids. */
  int afterAckStoredAgain;

  /** Of these: in flight to another worker when the ack was confirmed. */
  int afterAckRaced;

  /** The longest time between a forgotten ack and the kill. */
  long forgottenAtMostMicros;

  /** The violations. */
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
      lateAcksAreLate(task.getKey(), task.getValue());
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

  /** Whether a push was in flight after the ack, while a server that ended had forgotten its id. */
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

  /** Whether a server that ended had forgotten that the delayed task was moved or removed. */
  private boolean movedAgain(String id, List<Event> life, Event again) {
    return TaskKind.of(id) == TaskKind.LATER
        && run.serverDiedBetween(life.get(0).micros(), again.micros());
  }

  /**
   * Whether the delivery was sent before the ack took effect: the lease of the acked delivery had
   * ended or was forgotten.
   */
  private boolean wasUnderWay(List<Event> got, Event ack, Event again) {
    if (again.sinceMicros() > ack.micros()) {
      return false;
    }
    for (Event delivery : got) {
      boolean acked = delivery.micros() <= ack.sinceMicros();
      boolean leaseOver =
          ack.micros() - delivery.sinceMicros() > leaseMicros - RESTART_EARLY_MICROS;
      // A server that forgot one of them gave the task to both workers.
      long sinceMicros = Math.min(delivery.sinceMicros(), again.sinceMicros());
      if (acked && (leaseOver || run.serverDiedBetween(sinceMicros, ack.micros()))) {
        return true;
      }
      // It was sent before the acked one, and its lease expired before a worker received it.
      boolean sentFirst = again.attempt() < delivery.attempt();
      long heldMicros = ack.micros() - again.sinceMicros();
      if (acked && sentFirst && heldMicros > leaseMicros - RESTART_EARLY_MICROS) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns how long before the end of a server the task's latest ack was confirmed; -1 if not
   * near.
   */
  private long forgottenBefore(List<Event> life, Event again) {
    long nearest = -1;
    for (Event ack : life) {
      if (ack.kind() != Event.Kind.ACKED || !ack.confirmed() || ack.micros() > again.micros()) {
        continue;
      }
      for (Event fault : run.faults()) {
        long ago = fault.sinceMicros() - ack.micros();
        boolean ended = Fault.valueOf(fault.subject()).endsServer();
        // The server may answer the ack while the signal is pending.
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

  /** No delivery before the end of the lease, unless the task was given back. */
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
   * A nak within its own lease may arrive late and affect the next holder. A later nak must not be
   * sent, because the client knows that the lease has ended.
   */
  private boolean mayGiveBack(Event nak, List<Event> got) {
    if (nak.kind() != Event.Kind.NAK) {
      return false;
    }
    // A restarted server may count an attempt twice.
    List<Event> own = got.stream().filter(each -> each.attempt() == nak.attempt()).toList();
    return own.isEmpty()
        || own.stream()
            .anyMatch(
                each ->
                    each.micros() <= nak.micros() && nak.micros() <= each.micros() + leaseMicros);
  }

  /** An ack that is sent after the end of its lease, by the clock of its worker, is late. */
  private void lateAcksAreLate(String id, List<Event> life) {
    for (Event ack : life) {
      if (ack.kind() != Event.Kind.ACKED || ack.outcome() != Event.Outcome.OK) {
        continue;
      }
      OptionalLong held =
          life.stream()
              .filter(e -> e.kind() == Event.Kind.GOT || e.kind() == Event.Kind.KEPT)
              .filter(e -> e.attempt() == ack.attempt() && e.micros() <= ack.micros())
              .mapToLong(Event::micros)
              .max();
      if (held.isPresent() && ack.sinceMicros() > held.getAsLong() + leaseMicros) {
        violations.add("I11 " + id + ": attempt " + ack.attempt() + " settled in time, too late");
      }
    }
  }

  /**
   * The delay counts from before the first push, because each of the pushes may have stored the
   * task.
   */
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
   * The puller of an attempt that no worker received gave it back, or died with it. A server does
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
