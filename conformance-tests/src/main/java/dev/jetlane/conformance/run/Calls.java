// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.run;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.Settlement;
import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.conformance.oracle.History;
import dev.jetlane.conformance.oracle.History.Done;
import dev.jetlane.conformance.oracle.History.Extended;
import dev.jetlane.conformance.oracle.History.Outcome;
import dev.jetlane.conformance.oracle.History.Remaining;
import dev.jetlane.conformance.oracle.History.Settled;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.plan.Step.Among;
import dev.jetlane.conformance.plan.Step.Verb;
import dev.jetlane.conformance.run.Meetings.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The calls of the steps of a plan. All objects of a call are opened and chosen before the call is
 * returned, so that the measured span contains only the operation.
 */
final class Calls {

  /** Far longer than any request timeout. An answer that takes longer never arrives. */
  private static final long ANSWER_SECONDS = 30;

  static final class Held {
    final Delivery delivery;
    final int puller;
    boolean open = true;

    Held(Delivery delivery, int puller) {
      this.delivery = delivery;
      this.puller = puller;
    }
  }

  private final Harness harness;
  private final Settings settings;
  private final Clients clients;
  private final Pushes pushes;
  private final Letters letters;
  private final List<Held> held = new ArrayList<>();
  private List<Delivery> fetched = List.of();

  Calls(Harness harness, Settings settings, Clients clients) {
    this.harness = harness;
    this.settings = settings;
    this.clients = clients;
    pushes = new Pushes(settings.priorities());
    letters = new Letters(clients);
  }

  /** Returns the deliveries so far, by their numbers. */
  List<Held> held() {
    return held;
  }

  /** Returns the result of the last pull. */
  List<Delivery> fetched() {
    return fetched;
  }

  /** Returns the number of the delivery of a step; -1 if it has none. */
  int delivery(Step step) {
    return step instanceof Step.OnDelivery on ? pick(on.k(), on.among()) : -1;
  }

  private int pick(int k, Among among) {
    if (among == Among.ALL) {
      return held.isEmpty() ? -1 : Math.floorMod(k, held.size());
    }
    int[] open =
        java.util.stream.IntStream.range(0, held.size()).filter(i -> held.get(i).open).toArray();
    return open.length == 0 ? -1 : open[Math.floorMod(k, open.length)];
  }

  /**
   * Returns the call with which a caller repeats an interrupted call; null if it cannot be
   * repeated.
   */
  @Nullable Call repetition(Step step, Call call) {
    if (step instanceof Step.Push push) {
      Partition partition = clients.partition(partition(push.partition()), pushes.turn());
      return () -> pushes.repeat(partition);
    }
    boolean repeats =
        step instanceof Step.Pull
            || (step instanceof Step.Settle settle
                && (settle.verb() == Verb.ACK || settle.verb() == Verb.DEAD_LETTER));
    return repeats ? call : null;
  }

  /** Returns the number of the client that makes the call. */
  int clientOf(Step step, int delivery) {
    if (step instanceof Step.Pull pull) {
      return clients.clientOf(puller(pull.puller()));
    }
    if (step instanceof Step.ReopenPuller reopen) {
      return clients.clientOf(puller(reopen.puller()));
    }
    if (step instanceof Step.Push) {
      return clients.clientAt(pushes.turn());
    }
    return delivery < 0 ? 0 : clients.clientOf(held.get(delivery).puller);
  }

  /**
   * Returns the operator's call of a step, for the client with a given number; null if the step is
   * no operator's call.
   */
  @Nullable IntFunction<Outcome> operation(Step step) {
    if (step instanceof Step.Redrive redrive) {
      return letters.redrive(partition(redrive.partition()), redrive.k());
    }
    if (step instanceof Step.RemoveDead remove) {
      return letters.remove(partition(remove.partition()), remove.k());
    }
    if (step instanceof Step.Purge purge) {
      return letters.purge(partition(purge.partition()));
    }
    if (step instanceof Step.Cancel cancel) {
      return turn -> pushes.cancel(p -> clients.partition(p, pushes.turn() + turn), cancel.k());
    }
    return null;
  }

  Call call(Step step, int delivery) {
    if (step instanceof Step.Pull pull) {
      Puller puller = clients.puller(partition(pull.partition()), puller(pull.puller()));
      return () -> {
        fetched = puller.pull(pull.max(), Duration.ZERO);
        return new History.Pulled(List.of());
      };
    }
    if (step instanceof Step.Advance advance) {
      return done(() -> harness.advance(duration(advance)));
    }
    if (step instanceof Step.OnDelivery on) {
      return delivery < 0 ? done(() -> {}) : () -> settle(on, held.get(delivery));
    }
    if (step instanceof Step.ReopenPuller reopen) {
      return done(
          clients.takePuller(partition(reopen.partition()), puller(reopen.puller()))::close);
    }
    if (step instanceof Step.ChangePuller change) {
      return done(
          () ->
              clients.changePuller(
                  partition(change.partition()),
                  puller(change.puller()),
                  change.options(harness.tick())));
    }
    if (step instanceof Step.ReopenQueue reopen) {
      return done(() -> clients.reopen(client(reopen.client())));
    }
    if (step instanceof Step.Cut) {
      return done(this::cutConnections);
    }
    if (step instanceof Step.ListDead list) {
      return () -> letters.list(partition(list.partition()));
    }
    IntFunction<Outcome> operation = operation(step);
    return operation != null ? () -> operation.apply(0) : push(step);
  }

  private static Call done(Runnable action) {
    return () -> {
      action.run();
      return new Done();
    };
  }

  private Call push(Step step) {
    int turn = pushes.turn();
    if (step instanceof Step.Push push) {
      Partition partition = clients.partition(partition(push.partition()), turn);
      return () -> pushes.one(partition, push.async());
    }
    if (step instanceof Step.PushExpiring push) {
      Partition partition = clients.partition(partition(push.partition()), turn);
      return () -> pushes.expiring(partition, harness.tick().multipliedBy(push.ticks()));
    }
    if (step instanceof Step.PushLater later) {
      Partition partition = clients.partition(partition(later.partition()), turn);
      return () ->
          pushes.later(
              partition, partition(later.partition()), harness.tick().multipliedBy(later.ticks()));
    }
    if (step instanceof Step.PushAgain again) {
      return () -> pushes.again(clients.partition(partition(again.partition()), turn), again.k());
    }
    if (step instanceof Step.PushAll all) {
      return () ->
          pushes.all(
              clients.partition(partition(all.partition()), turn), all.count(), all.repeat());
    }
    Step.PushAtomically all = (Step.PushAtomically) step;
    return () ->
        pushes.atomically(
            clients.partition(partition(all.partition()), turn), all.count(), all.repeat());
  }

  private void cutConnections() {
    harness.faults().disconnect();
    harness.faults().reconnect();
    clients.awaitConnected();
  }

  private Duration duration(Step.Advance advance) {
    Duration time = harness.tick().multipliedBy(advance.ticks());
    return switch (advance.edge()) {
      case BEFORE -> {
        boolean exact = harness.tolerance().isZero();
        Duration before = time.minus(exact ? Duration.ofNanos(1) : harness.tick());
        yield before.isNegative() ? Duration.ZERO : before;
      }
      case EXACTLY -> time;
      case AFTER -> time.plus(harness.tolerance());
    };
  }

  private Outcome settle(Step.OnDelivery step, Held target) throws InterruptedException {
    if (step instanceof Step.NakLater later) {
      return settled(target, target.delivery.nak(harness.tick().multipliedBy(later.ticks())));
    }
    return switch (((Step.Settle) step).verb()) {
      case ACK -> settled(target, target.delivery.ack());
      case ACK_ASYNC -> settled(target, awaitAck(target.delivery));
      case NAK -> settled(target, target.delivery.nak());
      case RELEASE -> settled(target, target.delivery.release());
      case DEAD_LETTER -> settled(target, target.delivery.deadLetter(Step.REASON));
      case EXTEND -> new Extended(target.delivery.extend(), Remaining.NOT_ASKED);
      case CLOSE -> {
        target.open = false;
        target.delivery.close();
        yield new Done();
      }
    };
  }

  private static Outcome settled(Held target, Settlement settlement) {
    target.open = false;
    return new Settled(settlement);
  }

  private static Settlement awaitAck(Delivery delivery) throws InterruptedException {
    try {
      return delivery.ackAsync().get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException("ackAsync failed with " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new IllegalStateException("ackAsync never completed", e);
    }
  }

  private int partition(int k) {
    return Math.floorMod(k, settings.partitions());
  }

  int puller(int k) {
    return Math.floorMod(k, settings.pullers());
  }

  private int client(int k) {
    return Math.floorMod(k, settings.clients());
  }
}
