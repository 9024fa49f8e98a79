// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import dev.jetlane.client.DeliveryModelTest.Answer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the contract says about the calls on one delivery, without threads. Times are in seconds.
 */
final class DeliveryModel {

  private static final String WAITS = "waits";
  private static final int LEASE = (int) Bench.LEASE.toSeconds();

  private enum State {
    OPEN,
    BUSY,
    SETTLED,
    UNKNOWN,
    BUSY_UNKNOWN
  }

  /** A request without an answer. */
  private record Waiting(
      String event, boolean extension, boolean repeatable, int calledAt, String exhausted) {}

  final List<String> sent = new ArrayList<>();
  final List<String> told = new ArrayList<>();

  /** The time by which the last call "pass" moves the clock. */
  Duration passed = Duration.ZERO;

  private final int attempt;
  private final boolean listening;
  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private State state = State.OPEN;
  private int now;
  private int leaseEnd = LEASE;
  private boolean lost;
  private boolean closed;

  DeliveryModel(int attempt, boolean listening) {
    this.attempt = attempt;
    this.listening = listening;
  }

  private static String s(int seconds) {
    return Duration.ofSeconds(seconds).toString();
  }

  String state() {
    int left = Math.max(0, leaseEnd - now);
    return (state == State.OPEN) + " " + s(left) + " " + (left == 0);
  }

  /** Makes a call, and returns its result. */
  String call(String name, Answer next, Answer answer, int steps) {
    return switch (name) {
      case "pass" -> pass(steps);
      case "answer" -> answered(answer);
      case "end" -> {
        closed = true;
        yield "ended";
      }
      case "extend", "extendAsync" -> extend(name.equals("extendAsync"), next);
      case "close" -> close(next);
      default -> settle(name, next);
    };
  }

  /** Passes nothing, a moment, or the rest of the lease. */
  private String pass(int steps) {
    int time = steps == 3 ? Math.max(0, leaseEnd - now) : 2 * steps;
    now += time;
    passed = Duration.ofSeconds(time);
    return "passed";
  }

  private void tell(String event) {
    if (listening) {
      told.add(event);
    }
  }

  private void tellLoss() {
    if (!lost) {
      lost = true;
      tell("leaseLost");
    }
  }

  private boolean expired() {
    return leaseEnd - now <= 0;
  }

  private boolean isLast() {
    return attempt >= 20;
  }

  private static String form(String name, String result) {
    boolean ended = !result.equals(WAITS);
    boolean async = name.endsWith("Async") || name.equals("ackLater");
    return async && ended ? "async " + result : result;
  }

  private String close(Answer next) {
    if (state == State.OPEN && expired()) {
      tellLoss();
    } else if (state == State.OPEN) {
      int pause = attempt == 1 ? 0 : attempt == 2 ? 1 : 600;
      String unused = send("nak", "nak " + s(pause), s(pause), next);
    }
    return "closed";
  }

  private String settle(String name, Answer next) {
    boolean ack = name.startsWith("ack");
    if (state != State.OPEN && !(ack && state == State.UNKNOWN)) {
      return form(name, state == State.UNKNOWN ? "OUTCOME_UNKNOWN" : "ALREADY_SETTLED");
    }
    if (!ack && expired()) {
      tellLoss();
      return form(name, "LeaseExpiredException p task-7");
    }
    if (ack) {
      return form(name, send(name, "ack", "", next));
    }
    if (name.startsWith("deadLetter")) {
      return form(name, send(name, "dead bad", "", next));
    }
    return name.startsWith("nak")
        ? form(name, send(name, "nak PT2S", "PT2S", next))
        : form(name, send(name, isLast() ? "release" : "nak PT0S", "PT0S", next));
  }

  /** Sends a settlement; {@code back} is the delay of one that gives the task back. */
  private String send(String name, String wanted, String back, Answer next) {
    boolean late = wanted.equals("ack") && expired();
    boolean exhausts = wanted.startsWith("nak") && isLast();
    String action = exhausts ? "dead max deliveries" : wanted;
    State before = state;
    state = state == State.UNKNOWN ? State.BUSY_UNKNOWN : State.BUSY;
    if (closed) {
      state = before;
      return "QueueClosedException p task-7";
    }
    String urgency =
        name.equals("ackLater") ? "DEFERRED" : name.endsWith("Async") ? "PIPELINED" : "AWAITED";
    String until = wanted.equals("ack") ? "ever" : s(leaseEnd);
    sent.add(action + " " + urgency + " by +PT5S until " + until);
    String event =
        wanted.equals("ack")
            ? "acked " + late
            : back.isEmpty() ? "deadLettered bad" : "givenBack " + back;
    Waiting request =
        new Waiting(
            event, false, action.startsWith("dead"), now, exhausts ? "exhausted p task-7" : "");
    if (next == Answer.SILENT) {
      waiting.add(request);
      return WAITS;
    }
    return ended(request, next);
  }

  private String ended(Waiting request, Answer answer) {
    if (answer == Answer.CONFIRMED || answer == Answer.SILENT) {
      state = State.SETTLED;
      if (request.event.equals("acked true")) {
        tellLoss();
      }
      tell(request.event + " " + s(request.calledAt) + " " + s(now - request.calledAt));
      if (!request.exhausted.isEmpty()) {
        tell(request.exhausted);
      }
      return request.event.equals("acked true") ? "SETTLED_LATE" : "SETTLED";
    }
    State before = state == State.BUSY_UNKNOWN ? State.UNKNOWN : State.OPEN;
    boolean unknown = answer == Answer.UNKNOWN || answer == Answer.DEFECT;
    state = !unknown ? before : request.repeatable ? State.OPEN : State.UNKNOWN;
    return failed(answer);
  }

  private String failed(Answer answer) {
    if (answer == Answer.TOO_LATE) {
      tellLoss();
      return "LeaseExpiredException p task-7";
    }
    String error =
        answer == Answer.UNAVAILABLE ? "QueueUnavailableException" : "OutcomeUnknownException";
    tell("settleFailed " + error + " p task-7");
    return error + " p task-7";
  }

  private String extend(boolean async, Answer next) {
    String name = async ? "extendAsync" : "extend";
    if (state != State.OPEN) {
      return form(name, "false");
    }
    if (expired()) {
      tellLoss();
      return form(name, "LeaseExpiredException p task-7");
    }
    if (closed) {
      return form(name, "QueueClosedException p task-7");
    }
    sent.add("extend " + (async ? "PIPELINED" : "AWAITED") + " by +PT5S until " + s(leaseEnd));
    Waiting request = new Waiting("extended", true, false, now, "");
    if (next == Answer.SILENT) {
      waiting.add(request);
      return WAITS;
    }
    return form(name, extended(request, next));
  }

  private String extended(Waiting request, Answer answer) {
    if (answer != Answer.CONFIRMED && answer != Answer.SILENT) {
      return failed(answer);
    }
    if (expired()) {
      return failed(Answer.UNKNOWN);
    }
    leaseEnd = Math.max(leaseEnd, request.calledAt + LEASE);
    tell("extended");
    return "true";
  }

  private String answered(Answer answer) {
    @Nullable Waiting first = waiting.poll();
    if (first == null) {
      return "nothing to answer";
    }
    String unused = first.extension ? extended(first, answer) : ended(first, answer);
    return "answered";
  }
}
