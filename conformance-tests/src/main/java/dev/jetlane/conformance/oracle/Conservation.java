// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.QueueConfig;
import dev.jetlane.Settlement;
import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.harness.Exchange;
import dev.jetlane.conformance.oracle.History.Cancelled;
import dev.jetlane.conformance.oracle.History.DeadListed;
import dev.jetlane.conformance.oracle.History.Event;
import dev.jetlane.conformance.oracle.History.Harmed;
import dev.jetlane.conformance.oracle.History.Letter;
import dev.jetlane.conformance.oracle.History.Pulled;
import dev.jetlane.conformance.oracle.History.Purged;
import dev.jetlane.conformance.oracle.History.Pushed;
import dev.jetlane.conformance.oracle.History.Pushing;
import dev.jetlane.conformance.oracle.History.Redriven;
import dev.jetlane.conformance.oracle.History.Remaining;
import dev.jetlane.conformance.oracle.History.Removed;
import dev.jetlane.conformance.oracle.History.Seen;
import dev.jetlane.conformance.oracle.History.Settled;
import dev.jetlane.conformance.oracle.History.Stored;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.plan.Step.Verb;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Judges at the end of a history that no task was lost or delivered twice. It follows only the
 * pushes and the answers of the queue, so it can judge a queue that broke another rule before.
 */
public final class Conservation {

  private static final class Account {
    final String name;
    final int partition;
    boolean ended;

    /** Whether a purge of dead letters may have removed the letter of this task. */
    boolean mayBePurged;

    /** The moment of an ack that was certainly in time. After it the task must not be delivered. */
    long goneNanos = Long.MAX_VALUE;

    int attempts;
    boolean deadLettered;

    /** Whether the task has a deadline. */
    boolean expires;

    int letters;
    @Nullable String twice;

    Account(String name, int partition) {
      this.name = name;
      this.partition = partition;
    }
  }

  private final History history;
  private final Verdict verdict;
  private final Map<String, Account> accounts = new LinkedHashMap<>();
  private final Map<Integer, Seen> deliveries = new HashMap<>();
  private boolean harmed;
  private boolean outage;

  Conservation(History history, Verdict verdict) {
    this.history = history;
    this.verdict = verdict;
  }

  void judge() {
    for (Event event : history.events()) {
      follow(event);
    }
    for (Account account : accounts.values()) {
      boolean accounted = account.ended || account.mayBePurged || leftToItsRule(account);
      verdict.check(
          outage ? "FAULT-27" : harmed ? "FAULT-9" : "STATS-4",
          accounted && account.twice == null,
          () -> account.name + (account.twice == null ? " was lost" : account.twice));
    }
  }

  /**
   * Whether the end of this task is a matter of DEAD-2. In real time it is unknown when a task
   * without remaining deliveries becomes a dead letter.
   */
  private boolean leftToItsRule(Account account) {
    return history.toleranceNanos() > 0 && (account.deadLettered || mayHaveUsedUp(account));
  }

  private void follow(Event event) {
    outage |= event.met() instanceof History.Outage;
    Harmed harm = event.harmed();
    if (harm != null) {
      harmed = true;
      harmed(event, harm);
    } else if (event.outcome() instanceof Stored stored) {
      stored.tasks().forEach(pushing -> pushed(pushing, event.step()));
    } else if (event.outcome() instanceof Removed removed && removed.found()) {
      ended(removed.letter());
    } else if (event.outcome() instanceof Cancelled cancelled && cancelled.removed()) {
      cancelled(cancelled.payload(), event);
    } else if (event.outcome() instanceof Pulled pulled) {
      pulled.deliveries().forEach(seen -> delivered(seen, event));
    } else if (event.outcome() instanceof Settled settled) {
      settled(event, settled.settlement());
    } else if (event.outcome() instanceof Redriven redriven && redriven.found()) {
      redriven(redriven.letter());
    } else if (event.outcome() instanceof Purged purged && purged.count() > 0) {
      purged(partition(event.step()));
    } else if (event.outcome() instanceof DeadListed listed && event.drain()) {
      dead(listed.letters());
    }
  }

  /** Counts a harmed call that took effect like a successful call. */
  private void harmed(Event event, Harmed harm) {
    if (!harm.tookEffect()) {
      return;
    }
    if (event.outcome() instanceof Stored stored) {
      stored.tasks().forEach(pushing -> stored(pushing, partition(event.step())));
    } else if (harm.exchange() == Exchange.ACK) {
      settled(event, Settlement.SETTLED);
    } else if (harm.exchange() == Exchange.REMOVE_DEAD) {
      Seen seen = deliveries.get(event.delivery());
      Account account = seen == null ? null : accounts.get(seen.payload());
      if (account != null) {
        account.deadLettered = true;
      }
    }
  }

  private Account stored(Pushing pushing, int partition) {
    Account account = new Account(pushing.id() + " (" + pushing.payload() + ")", partition);
    accounts.put(pushing.payload(), account);
    return account;
  }

  private void pushed(Pushing pushing, Step step) {
    if (pushing.result() == Pushed.STORED) {
      stored(pushing, partition(step)).expires = step instanceof Step.PushExpiring;
    }
  }

  private void ended(Letter letter) {
    Account account = accounts.get(letter.payload());
    if (account != null) {
      account.ended = true;
    }
  }

  private void delivered(Seen seen, Event event) {
    deliveries.put(seen.number(), seen);
    Account account = accounts.get(seen.payload());
    if (account != null) {
      account.attempts = seen.attempt();
      if (event.time().before() > account.goneNanos) {
        account.twice = " was acked in time, and delivered again";
      }
    }
  }

  private void settled(Event event, Settlement settlement) {
    Seen seen = deliveries.get(event.delivery());
    if (seen == null || !hasEffect(settlement)) {
      return;
    }
    Account account = accounts.get(seen.payload());
    if (account != null && isAck(event.step())) {
      account.ended = true;
      Remaining lease = seen.remaining();
      if (event.time().after() < lease.time().before() + lease.nanos()) {
        account.goneNanos = event.time().after();
      }
    } else if (account != null && event.step().requires() == Capability.DEAD_LETTERS) {
      account.deadLettered = true;
    }
  }

  private static boolean hasEffect(Settlement settlement) {
    return settlement == Settlement.SETTLED || settlement == Settlement.SETTLED_LATE;
  }

  private void cancelled(String payload, Event event) {
    Account account = accounts.get(payload);
    if (account != null) {
      account.ended = true;
      account.goneNanos = event.time().after();
    }
  }

  private void redriven(Letter letter) {
    Account account = accounts.get(letter.payload());
    if (account != null) {
      accounts.put(letter.payload(), new Account(account.name, account.partition));
    }
  }

  private void purged(int partition) {
    for (Account account : accounts.values()) {
      account.mayBePurged |= account.partition == partition && mayBeDead(account);
    }
  }

  private boolean mayBeDead(Account account) {
    return account.deadLettered || account.expires || mayHaveUsedUp(account);
  }

  private boolean mayHaveUsedUp(Account account) {
    int most = history.plan().settings().maxDeliveries();
    return account.attempts >= most
        // The task may have used up its deliveries in a buffer.
        || (most < QueueConfig.UNLIMITED && history.plan().leasesAhead(history.config().pulling()));
  }

  private void dead(List<Letter> letters) {
    for (Letter letter : letters) {
      Account account = accounts.get(letter.payload());
      if (account != null) {
        account.ended = true;
        if (++account.letters > 1) {
          account.twice = " has several dead letters";
        }
      }
    }
  }

  private static boolean isAck(Step step) {
    return step instanceof Step.Settle settle
        && (settle.verb() == Verb.ACK || settle.verb() == Verb.ACK_ASYNC);
  }

  private int partition(Step step) {
    int k = 0;
    if (step instanceof Step.Push push) {
      k = push.partition();
    } else if (step instanceof Step.PushAgain push) {
      k = push.partition();
    } else if (step instanceof Step.PushAll push) {
      k = push.partition();
    } else if (step instanceof Step.PushAtomically push) {
      k = push.partition();
    } else if (step instanceof Step.PushLater push) {
      k = push.partition();
    } else if (step instanceof Step.PushExpiring push) {
      k = push.partition();
    } else if (step instanceof Step.Purge purge) {
      k = purge.partition();
    }
    return Math.floorMod(k, history.plan().settings().partitions());
  }
}
