// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.plan;

import dev.jetlane.PullOptions;
import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.harness.Exchange;
import dev.jetlane.conformance.harness.Harm;
import dev.jetlane.conformance.harness.ServerFault;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One step of a plan. Steps are total: every number is taken modulo the number of candidates, and a
 * step without a candidate does nothing. So any list of steps is a plan, and a failing plan shrinks
 * by leaving steps out.
 */
public sealed interface Step {

  /** The reason of the dead letters that plans make. */
  String REASON = "refused by the plan";

  /**
   * Returns the capability that this step needs. A plan omits steps whose capability is missing.
   */
  default @Nullable Capability requires() {
    return null;
  }

  /** Pushes a task with a new id. */
  record Push(int partition, boolean async) implements Step {
    @Override
    public String toString() {
      return (async ? "pushAsync p" : "push p") + partition;
    }
  }

  /**
   * Pushes another payload with the {@code k}-th earlier id, into this partition or another one.
   */
  record PushAgain(int partition, int k) implements Step {
    @Override
    public @Nullable Capability requires() {
      return Capability.DEDUP;
    }

    @Override
    public String toString() {
      return "push p" + partition + " id #" + k + " again";
    }
  }

  /**
   * Pushes a batch of new ids. If {@code repeat} is set, one more task with the first id follows.
   */
  record PushAll(int partition, int count, boolean repeat) implements Step {
    @Override
    public @Nullable Capability requires() {
      return repeat ? Capability.DEDUP : null;
    }

    @Override
    public String toString() {
      return "pushAll p" + partition + " x" + count + (repeat ? " and the first again" : "");
    }
  }

  /** Like {@link PushAll}, but all or nothing. */
  record PushAtomically(int partition, int count, boolean repeat) implements Step {
    @Override
    public Capability requires() {
      return Capability.ATOMIC_PUSH;
    }

    /** Whether the first task is pushed a second time. */
    public boolean repeats() {
      return repeat && count > 0;
    }

    @Override
    public String toString() {
      return "pushAtomically p" + partition + " x" + count + (repeat ? " and the first again" : "");
    }
  }

  /** Pushes a delayed task with a new id. */
  record PushLater(int partition, int ticks) implements Step {
    @Override
    public Capability requires() {
      return Capability.DELAY;
    }

    @Override
    public String toString() {
      return "push p" + partition + ", due in " + ticks + " ticks";
    }
  }

  /** Pushes a task with a new id and a deadline. */
  record PushExpiring(int partition, int ticks) implements Step {
    @Override
    public Capability requires() {
      return Capability.DEADLINES;
    }

    @Override
    public String toString() {
      return "push p" + partition + ", expiring in " + ticks + " ticks";
    }
  }

  /** Cancels the {@code k}-th of the tasks that were pushed with a delay, due or not. */
  record Cancel(int k) implements Step {
    @Override
    public Capability requires() {
      return Capability.DELAY;
    }

    @Override
    public String toString() {
      return "cancel delayed #" + k;
    }
  }

  /** Pulls without waiting. */
  record Pull(int partition, int puller, int max) implements Step {
    @Override
    public String toString() {
      return "pull p" + partition + " by puller " + puller + " max " + max;
    }
  }

  /** An action on a delivery. */
  enum Verb {
    ACK,
    ACK_ASYNC,
    NAK,
    RELEASE,
    EXTEND,
    DEAD_LETTER,
    CLOSE
  }

  /** The deliveries among which a step picks the {@code k}-th, oldest first. */
  enum Among {
    /** Unsettled deliveries, expired or not. */
    OPEN,
    /** All deliveries of the plan, including settled ones. */
    ALL
  }

  /** A step on a delivery. */
  sealed interface OnDelivery extends Step {
    int k();

    Among among();
  }

  /** Makes the call {@code verb} on a delivery. */
  record Settle(Verb verb, int k, Among among) implements OnDelivery {
    @Override
    public @Nullable Capability requires() {
      return verb == Verb.DEAD_LETTER ? Capability.DEAD_LETTERS : null;
    }

    @Override
    public String toString() {
      return verb.name().toLowerCase(java.util.Locale.ROOT) + " " + pick(k, among);
    }
  }

  /** Gives a delivery back for later. */
  record NakLater(int ticks, int k, Among among) implements OnDelivery {
    @Override
    public String toString() {
      return "nak(" + ticks + " ticks) " + pick(k, among);
    }
  }

  /** The side of a deadline on which a time step ends. */
  enum Edge {
    /** Certainly before the deadline, by a margin that no result in virtual time depends on. */
    BEFORE,
    EXACTLY,
    /**
     * Certainly after the deadline, by the tolerance of the harness. All due events must have
     * happened.
     */
    AFTER
  }

  /** Lets time pass. */
  record Advance(int ticks, Edge edge) implements Step {
    @Override
    public String toString() {
      return "advance "
          + ticks
          + " ticks"
          + switch (edge) {
            case BEFORE -> ", but a little";
            case EXACTLY -> "";
            case AFTER -> " and the tolerance";
          };
    }
  }

  /** Closes a puller; the next pull opens it again. */
  record ReopenPuller(int partition, int puller) implements Step {
    @Override
    public String toString() {
      return "reopen puller " + puller + " of p" + partition;
    }
  }

  /**
   * Closes a puller; the next pull opens it again, with these options from now on.
   *
   * @param keepTicks how long leases are kept; 0 for not at all
   */
  record ChangePuller(int partition, int puller, PullOptions options, int keepTicks)
      implements Step {

    /** How often a kept lease is extended: less than half of the shortest lease of a plan. */
    public static final int KEEP_EVERY_TICKS = 4;

    /** Returns the options of the puller, with its lease keeping. */
    public PullOptions options(Duration tick) {
      return keepTicks == 0
          ? options
          : options
              .withKeepFor(tick.multipliedBy(keepTicks))
              .withKeepEvery(tick.multipliedBy(KEEP_EVERY_TICKS));
    }

    @Override
    public @Nullable Capability requires() {
      return options.prefetch() > 0 ? Capability.PREFETCH : null;
    }

    @Override
    public String toString() {
      return "reopen puller "
          + puller
          + " of p"
          + partition
          + " with prefetch "
          + options.prefetch()
          + (keepTicks == 0 ? "" : ", leases kept for " + keepTicks + " ticks")
          + (options.confirmAcks() ? "" : ", acks unconfirmed");
    }
  }

  /** Closes a client with its partitions and pullers, and opens another client. */
  record ReopenQueue(int client) implements Step {
    @Override
    public String toString() {
      return "reopen client " + client;
    }
  }

  /** Redrives the {@code k}-th dead letter. */
  record Redrive(int partition, int k) implements Step {
    @Override
    public @Nullable Capability requires() {
      return Capability.DEAD_LETTERS;
    }

    @Override
    public String toString() {
      return "redrive p" + partition + " letter #" + k;
    }
  }

  /** Removes the {@code k}-th dead letter. */
  record RemoveDead(int partition, int k) implements Step {
    @Override
    public Capability requires() {
      return Capability.ADMIN;
    }

    @Override
    public String toString() {
      return "remove p" + partition + " letter #" + k;
    }
  }

  /** Removes all dead letters. */
  record Purge(int partition) implements Step {
    @Override
    public @Nullable Capability requires() {
      return Capability.DEAD_LETTERS;
    }

    @Override
    public String toString() {
      return "purge p" + partition;
    }
  }

  /** Lists all dead letters. */
  record ListDead(int partition) implements Step {
    @Override
    public @Nullable Capability requires() {
      return Capability.DEAD_LETTERS;
    }

    @Override
    public String toString() {
      return "list dead letters of p" + partition;
    }
  }

  /** Another step, together with an event that coincides with it. */
  sealed interface Meeting extends Step {
    Step step();
  }

  /**
   * Does another step on an interrupted thread, and repeats it without the interrupt if a caller
   * would have to. For a push, a pull, or a settlement.
   */
  record Interrupted(Step step) implements Meeting {
    @Override
    public String toString() {
      return step + ", interrupted";
    }
  }

  /**
   * Does another step while its client is being closed, and then opens another client. For a push,
   * a pull, a settlement, or the close of a puller.
   */
  record DuringClose(Step step) implements Meeting {
    @Override
    public String toString() {
      return step + " during the close of its client";
    }
  }

  /**
   * Does another step in two clients at the same moment. For the calls of operators, and a
   * cancellation.
   */
  record Twice(Step step) implements Meeting {
    @Override
    public @Nullable Capability requires() {
      return step instanceof RemoveDead ? Capability.DEAD_LETTERS : null;
    }

    @Override
    public String toString() {
      return step + ", by two clients";
    }
  }

  /** Does another step, and harms its first exchange of this kind, if it has one. */
  record Under(Exchange exchange, Harm harm, Step step) implements Meeting {
    @Override
    public Capability requires() {
      return Capability.FAULTS;
    }

    @Override
    public String toString() {
      return step + " [" + exchange + " " + harm + "]";
    }
  }

  /**
   * Does another step during a fault of the whole server, and repeats it after the repair if a
   * caller would have to. For a push, a pull, or a settlement.
   */
  record DuringFault(ServerFault fault, Step step) implements Meeting {
    @Override
    public Capability requires() {
      return fault.capability();
    }

    @Override
    public String toString() {
      return step + " during " + fault;
    }
  }

  /** Cuts the connections of all clients and lets them connect again. */
  record Cut() implements Step {
    @Override
    public Capability requires() {
      return Capability.FAULTS;
    }

    @Override
    public String toString() {
      return "cut the connections";
    }
  }

  private static String pick(int k, Among among) {
    return (among == Among.OPEN ? "open delivery #" : "delivery #") + k;
  }
}
