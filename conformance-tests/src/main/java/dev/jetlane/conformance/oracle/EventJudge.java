// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.DeadLetter;
import dev.jetlane.Settlement;
import dev.jetlane.conformance.oracle.EventRecorder.RecordedEvent;
import dev.jetlane.conformance.oracle.History.Event;
import dev.jetlane.conformance.oracle.History.Extended;
import dev.jetlane.conformance.oracle.History.Pushed;
import dev.jetlane.conformance.oracle.History.Pushing;
import dev.jetlane.conformance.oracle.History.Seen;
import dev.jetlane.conformance.oracle.History.Settled;
import dev.jetlane.conformance.oracle.History.Threw;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.plan.Step.Verb;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Compares the events of each call of a plan with its result. The other judges check the results.
 */
public final class EventJudge {

  private static final int NO_CLIENT = -1;
  private static final String EXPIRED = "LeaseExpiredException";
  private static final String UNKNOWN = "OutcomeUnknownException";

  /** A delivery, and the events that its listener has received. */
  private static final class Handle {
    final String name;
    final int client;
    final int attempt;
    final Event pull;
    boolean settled;
    boolean lost;

    Handle(Seen seen, int client, Event pull) {
      name = EventLine.name(seen.partition(), seen.taskId(), seen.attempt());
      this.client = client;
      attempt = seen.attempt();
      this.pull = pull;
    }
  }

  private final History history;
  private final List<List<RecordedEvent>> parts;
  private final Verdict verdict;
  private final Settings settings;
  private final List<Handle> handles = new ArrayList<>();

  /**
   * The number of the open client, for each client of the plan. Clients are numbered in the order
   * of their opening.
   */
  private final List<Integer> open = new ArrayList<>();

  private final List<String> exhausted = new ArrayList<>();
  private final List<String> exhaustedLetters = new ArrayList<>();
  private int clients;
  private int pushes;
  private boolean purged;

  public EventJudge(History history, List<List<RecordedEvent>> parts, Verdict verdict) {
    this.history = history;
    this.parts = parts;
    this.verdict = verdict;
    settings = history.plan().settings();
    for (; clients < settings.clients(); clients++) {
      open.add(clients);
    }
  }

  public void judge() {
    for (Event event : history.events()) {
      verdict.at(event.index());
      if (!judge(event, parts.get(event.index()))) {
        return;
      }
    }
    List<RecordedEvent> rest = parts.get(history.events().size());
    verdict.check("EVENT-9", rest.isEmpty(), () -> "the close of the clients reported " + rest);
    if (!purged) {
      exhausted.sort(null);
      exhaustedLetters.sort(null);
      verdict.check(
          "EVENT-7",
          exhausted.equals(exhaustedLetters),
          () -> "used up their deliveries: " + exhaustedLetters + ", reported: " + exhausted);
    }
  }

  /** Judges the events of one call; returns whether the next calls can be judged. */
  private boolean judge(Event event, List<RecordedEvent> part) {
    List<RecordedEvent> reported = new ArrayList<>(part);
    takeExhausted(event, reported);
    if (event.outcome() instanceof History.Stored stored) {
      return judgePush(event.step(), stored, reported);
    }
    if (event.step() instanceof Step.Pull pull) {
      return judgePull(event, pull, reported);
    }
    if (event.step() instanceof Step.OnDelivery on && event.delivery() >= 0) {
      return judgeDelivery(on, event, handles.get(event.delivery()), reported);
    }
    if (event.step() instanceof Step.ReopenQueue reopen) {
      open.set(Math.floorMod(reopen.client(), open.size()), clients++);
    }
    noteDead(event);
    return check("EVENT-10", NO_CLIENT, List.of(), reported);
  }

  /**
   * Removes the {@code exhausted} events. Without prefetch the event must come from the client of
   * this call. The call pulled the task, or gave back its last attempt.
   */
  private void takeExhausted(Event event, List<RecordedEvent> reported) {
    List<RecordedEvent> found =
        reported.stream().filter(t -> t.line().startsWith("exhausted ")).toList();
    reported.removeAll(found);
    found.forEach(t -> exhausted.add(t.line()));
    if (!found.isEmpty() && !history.plan().leasesAhead(history.config().pulling())) {
      verdict.check(
          "EVENT-7",
          found.stream().allMatch(t -> t.client() == clientOf(event)),
          () -> event.step() + " reported " + found);
    }
  }

  private void noteDead(Event event) {
    purged |= event.outcome() instanceof History.Purged;
    if (event.outcome() instanceof History.Redriven redriven && redriven.found()) {
      noteDead(partition(((Step.Redrive) event.step()).partition()), redriven.letter());
    }
    if (event.drain() && event.outcome() instanceof History.DeadListed listed) {
      String partition = partition(((Step.ListDead) event.step()).partition());
      listed.letters().forEach(letter -> noteDead(partition, letter));
    }
  }

  private void noteDead(String partition, History.Letter letter) {
    if (letter.reason().equals(DeadLetter.MAX_DELIVERIES)) {
      exhaustedLetters.add(EventLine.exhausted(partition, letter.taskId()));
    }
  }

  private boolean judgePush(Step step, History.Stored stored, List<RecordedEvent> reported) {
    if (stored.tasks().isEmpty()) {
      return check("EVENT-10", NO_CLIENT, List.of(), reported);
    }
    int client = open.get(pushes % open.size());
    pushes += stored.tasks().size();
    String partition = partitionOf(step);
    List<String> wanted = new ArrayList<>();
    boolean refused = false;
    for (Pushing pushing : stored.tasks()) {
      if (pushing.result() == Pushed.STORED || pushing.result() == Pushed.DUPLICATE) {
        wanted.add(EventLine.pushed(partition, pushing.id(), pushing.result() == Pushed.DUPLICATE));
      } else {
        refused = true;
        String error = pushing.detail().replaceAll(":.*", "");
        wanted.add(EventLine.pushFailed(partition, pushing.id(), error));
      }
    }
    return check(refused ? "EVENT-2" : "EVENT-1", client, wanted, reported);
  }

  private boolean judgePull(Event event, Step.Pull pull, List<RecordedEvent> reported) {
    int client = clientOf(pull);
    String partition = partition(pull.partition());
    List<String> wanted = new ArrayList<>();
    if (event.outcome() instanceof History.Pulled pulled) {
      wanted.add(EventLine.pulled(partition, pulled.deliveries().size()));
      for (Seen seen : pulled.deliveries()) {
        Handle handle = new Handle(seen, client, event);
        handles.add(handle);
        if (seen.attempt() > 1) {
          wanted.add(EventLine.redelivered(handle.name));
        }
      }
    } else if (event.outcome() instanceof Threw threw) {
      wanted.add(EventLine.pullFailed(partition, threw.type()));
    }
    return check("EVENT-3", client, wanted, reported);
  }

  private boolean judgeDelivery(
      Step.OnDelivery on, Event event, Handle handle, List<RecordedEvent> reported) {
    if (!open.contains(handle.client)) {
      return check("EVENT-9", NO_CLIENT, List.of(), reported);
    }
    if (on instanceof Step.Settle settle && settle.verb() == Verb.CLOSE) {
      return judgeClose(event, handle, reported);
    }
    boolean late = is(event, Settlement.SETTLED_LATE);
    List<String> wanted = new ArrayList<>();
    String rule = late ? "EVENT-5" : "EVENT-4";
    boolean known = true;
    if (late) {
      wanted.addAll(loss(handle));
    } else if (event.outcome() instanceof Threw threw && threw.type().equals(EXPIRED)) {
      rule = "EVENT-6";
      wanted.addAll(loss(handle));
    } else if (event.outcome() instanceof Threw threw) {
      known = !threw.type().equals(UNKNOWN);
      wanted.add(EventLine.settleFailed(handle.name, threw.type()));
    }
    if (late || is(event, Settlement.SETTLED)) {
      handle.settled = true;
      wanted.add(settlement(on, handle, late));
    } else if (event.outcome() instanceof Extended extended && extended.restarted()) {
      wanted.add(EventLine.extended(handle.name));
    }
    return check(rule, handle.client, wanted, reported)
        && judgeTime(event, handle, reported)
        && known;
  }

  /**
   * Judges a close, which has no result. If the lease ended at about the same time, both events are
   * allowed.
   */
  private boolean judgeClose(Event event, Handle handle, List<RecordedEvent> reported) {
    if (handle.settled) {
      return check("EVENT-4", handle.client, List.of(), reported);
    }
    boolean ran = event.observed().nanos() > 0;
    boolean endedMeanwhile =
        ran
            && history.toleranceNanos() > 0
            && reported.stream().noneMatch(RecordedEvent::isSettlement);
    if (ran && !endedMeanwhile) {
      handle.settled = true;
      String givenBack = EventLine.givenBack(handle.name, pause(handle));
      return check("EVENT-4", handle.client, List.of(givenBack), reported)
          && judgeTime(event, handle, reported);
    }
    return check("EVENT-6", handle.client, loss(handle), reported);
  }

  private static Duration pause(Handle handle) {
    return Duration.ofNanos(Model.pauseNanos(handle.attempt));
  }

  private static List<String> loss(Handle handle) {
    boolean again = handle.lost;
    handle.lost = true;
    return again ? List.of() : List.of(EventLine.leaseLost(handle.name));
  }

  private String settlement(Step.OnDelivery on, Handle handle, boolean late) {
    if (on instanceof Step.NakLater later) {
      Duration delay = Duration.ofNanos(history.config().tickNanos() * later.ticks());
      return EventLine.givenBack(handle.name, delay);
    }
    return switch (((Step.Settle) on).verb()) {
      case NAK, RELEASE -> EventLine.givenBack(handle.name, Duration.ZERO);
      case DEAD_LETTER -> EventLine.deadLettered(handle.name, Step.REASON);
      default -> EventLine.acked(handle.name, late);
    };
  }

  /**
   * Judges the reported time held, from the end of the pull to the settling call. Both moments lie
   * within the spans of their operations.
   */
  private boolean judgeTime(Event event, Handle handle, List<RecordedEvent> reported) {
    long tolerance = history.toleranceNanos();
    long least = event.time().before() - handle.pull.time().after() - tolerance;
    long most = event.time().after() - handle.pull.time().before() + tolerance;
    return verdict.check(
        "EVENT-4",
        reported.stream()
            .filter(RecordedEvent::isSettlement)
            .allMatch(t -> t.heldNanos() >= least && t.heldNanos() <= most),
        () -> "held from " + least + " to " + most + " ns, reported: " + reported);
  }

  private boolean check(
      String rule, int client, List<String> wanted, List<RecordedEvent> reported) {
    if (client != NO_CLIENT) {
      verdict.check(
          "EVENT-10",
          reported.stream().allMatch(t -> t.client() == client),
          () -> "client " + client + " made the call, reported: " + reported);
    }
    List<String> lines = reported.stream().map(RecordedEvent::line).toList();
    return verdict.check(
        rule, lines.equals(wanted), () -> "a listener received " + lines + ", not " + wanted);
  }

  private static boolean is(Event event, Settlement settlement) {
    return event.outcome() instanceof Settled settled && settled.settlement() == settlement;
  }

  private int clientOf(Event event) {
    if (event.step() instanceof Step.Pull pull) {
      return clientOf(pull);
    }
    return event.delivery() >= 0 ? handles.get(event.delivery()).client : NO_CLIENT;
  }

  private int clientOf(Step.Pull pull) {
    return open.get(Math.floorMod(pull.puller(), settings.pullers()) % open.size());
  }

  private String partition(int k) {
    return Settings.partitionName(Math.floorMod(k, settings.partitions()));
  }

  private String partitionOf(Step push) {
    if (push instanceof Step.PushAgain again) {
      return partition(again.partition());
    }
    if (push instanceof Step.PushAll all) {
      return partition(all.partition());
    }
    if (push instanceof Step.PushAtomically all) {
      return partition(all.partition());
    }
    return partition(
        push instanceof Step.PushLater later ? later.partition() : ((Step.Push) push).partition());
  }
}
