// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Stats;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.Trace.Line;
import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.harness.Exchange;
import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.conformance.oracle.History;
import dev.jetlane.conformance.oracle.History.Event;
import dev.jetlane.conformance.oracle.History.Extended;
import dev.jetlane.conformance.oracle.History.Pulled;
import dev.jetlane.conformance.oracle.History.Seen;
import dev.jetlane.conformance.oracle.History.Settled;
import dev.jetlane.conformance.oracle.Verdict;
import dev.jetlane.conformance.plan.Plan;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.report.FailureReport;
import dev.jetlane.conformance.run.PlanRunner;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;

/**
 * Runs one plan on two queues and compares what they did, step by step.
 *
 * <p>One difference is allowed: tasks that are due at the same instant of the plan may be
 * redelivered in another order, because in real time their deadlines are moments apart. The later
 * steps then concern other deliveries, so the comparison ends. It also ends where one of the queues
 * is late, because a late step may have another result, and where a delayed task that has just
 * become due is still counted as delayed. A count at the instant at which a task becomes due is not
 * compared.
 */
final class Differential {

  enum Verdict {
    SAME,
    /** Equal up to tasks that were due at the same instant. */
    TIED,
    /** Equal until a lease or a dedup window may have ended, or not, because of a fault. */
    UNSURE,
    /** Equal until one of the clocks was too far behind the plan. */
    CUT_SHORT,
    /** Nothing was compared: a client was not opened in time, or was late from the beginning. */
    DISCARDED,
    DIFFERENT
  }

  /**
   * The result of a plan.
   *
   * @param compared the number of steps that were compared
   * @param steps the number of steps of the plan
   */
  record Result(Verdict verdict, int compared, int steps, String report) {}

  private static final Semaphore PREPARING = new Semaphore(2);

  /** How late a busy server may move a delayed task. The rules about delays are stricter. */
  private static final int LATE_TICKS = 3;

  private final Trace left;
  private final Trace right;
  private final Settings settings;
  private final History.Config config;

  /** The time or the turn at which a delivered task is due again, by its payload. */
  private final Map<String, String> due = new HashMap<>();

  /** The last attempt at which a task was delivered. */
  private final Map<String, Integer> attempts = new HashMap<>();

  /**
   * A full pull ended between tasks that were due at the same instant, and one of them has no
   * attempt left: it became a dead letter only if it came first.
   */
  private boolean isDeadLetterUnsure;

  private final KeptLeases leases;
  private final StoredLeases stored;

  /** When each delayed task becomes due. */
  private final List<Long> delays = new ArrayList<>();

  /** When each id was accepted, by its partition. */
  private final Map<String, Long> accepted = new HashMap<>();

  private Differential(History left, History right) {
    this.left = Trace.of(left);
    this.right = Trace.of(right);
    this.settings = right.plan().settings();
    this.config = left.config();
    this.leases = new KeptLeases(settings, config.tickNanos());
    this.stored = new StoredLeases(config.leaseNanos(), config.tickNanos());
  }

  /** Runs the plan on both, the left one first, and closes both. */
  static Result run(Plan plan, Harness left, Harness right, Duration tick)
      throws InterruptedException {
    Plan both = plan.within(left.capabilities()).within(right.capabilities());
    // Each queue has as many streams as it can.
    both = new Plan(both.settings().withStreams(plan.settings().streams()), both.steps());
    if (both.hasFaults()) {
      both = both.within(left.faults()).within(right.faults());
    }
    try {
      return new Differential(history(both, left, tick), history(both, right, tick)).compare();
    } catch (QueueUnavailableException notOpened) {
      String why = "a client was not opened in time: " + notOpened;
      return new Result(Verdict.DISCARDED, 0, both.steps().size(), why);
    }
  }

  private static History history(Plan plan, Harness harness, Duration tick)
      throws InterruptedException {
    try (Paced paced = new Paced(harness, tick)) {
      prepare(plan, harness, tick);
      return PlanRunner.run(plan, paced);
    }
  }

  /**
   * Creates the partitions before the plan begins, a few at a time: hundreds of streams and
   * consumers at the same moment keep a server busy for longer than any pause of a plan.
   */
  private static void prepare(Plan plan, Harness harness, Duration tick)
      throws InterruptedException {
    if (!harness.capabilities().contains(Capability.FAULTS_APART)) {
      return; // The fake has no server to keep busy.
    }
    if (plan.settings().streams() > 1 && harness.capabilities().contains(Capability.STREAMS)) {
      harness.spread(plan.settings().streams());
    }
    PREPARING.acquire();
    try (TaskQueue queue = harness.openApart(plan.settings().config(tick))) {
      for (int p = 0; p < plan.settings().partitions(); p++) {
        Stats unused = queue.partition(Settings.partitionName(p)).stats();
      }
    } finally {
      PREPARING.release();
    }
  }

  private Result compare() {
    int steps = left.lines().size();
    for (int i = 0; i < steps; i++) {
      Line a = left.lines().get(i);
      Line b = right.lines().get(i);
      if ((isAboutLeases(a.event()) && stored.mayEndAt(a.nominalNanos()))
          || endsDuringFault(a.event(), b.event())
          || endsWindowDuringFault(a)) {
        return new Result(Verdict.UNSURE, i, steps, "");
      }
      boolean same =
          (a.text().equals(b.text()) && a.event().delivery() == b.event().delivery())
              || countsAtInstantOfDue(a);
      if (late(a.driftNanos(), b.driftNanos()) && !(same && startsNothing(a))) {
        return cutShort(i, "late: " + b.event().step());
      }
      if (!same && movesLate(a, b)) {
        return cutShort(i, "late: a delayed task at " + b.event().step());
      }
      if (!same) {
        return tied(a, b)
            ? new Result(Verdict.TIED, i, steps, "")
            : new Result(Verdict.DIFFERENT, i, steps, report(i));
      }
      remember(a);
    }
    if (stored.mayEndAt(left.drainNanos())) {
      return new Result(Verdict.UNSURE, steps, steps, "");
    }
    if (left.account().equals(right.account())) {
      return new Result(Verdict.SAME, steps, steps, "");
    }
    return late(left.drainDriftNanos(), right.drainDriftNanos())
        ? cutShort(steps, "late: the drain")
        : new Result(Verdict.DIFFERENT, steps, steps, report(steps));
  }

  /** The steps before the late one are compared. */
  private Result cutShort(int compared, String why) {
    Verdict verdict = compared == 0 ? Verdict.DISCARDED : Verdict.CUT_SHORT;
    return new Result(verdict, compared, left.lines().size(), why);
  }

  private boolean late(long oneNanos, long otherNanos) {
    return Math.max(oneNanos, otherNanos) > config.tickNanos() / 2;
  }

  /**
   * Whether no lease, delay or window begins with this step, so that no later step depends on its
   * time. A pull without a task is always late: a server at the limit of outstanding tasks does not
   * answer a pull that does not wait.
   */
  private static boolean startsNothing(Line line) {
    if (line.event().outcome() instanceof Pulled pulled) {
      return pulled.deliveries().isEmpty();
    }
    return !(line.event().outcome() instanceof History.Stored
        || line.event().outcome() instanceof Extended
        || line.event().step() instanceof Step.NakLater);
  }

  /** Whether the lease of the delivery may have ended before the repair. */
  private static boolean endsDuringFault(Event one, Event other) {
    long longest = Math.max(length(one), length(other));
    return one.met() instanceof History.Outage met
        && one.delivery() >= 0
        && one.observed().nanos() <= Math.max(longest, met.limitNanos());
  }

  /**
   * Whether an id is forgotten during a harmed push of it. The client then sends the push before
   * and after that moment.
   */
  private boolean endsWindowDuringFault(Line line) {
    Event event = line.event();
    if (event.harmed() == null || !(event.outcome() instanceof History.Stored pushed)) {
      return false;
    }
    Long since = accepted.get(key(event.step(), pushed.tasks().get(0).id()));
    long end = since == null ? 0 : since + config.dedupNanos();
    long longest = settings.leaseTicks() / 2 * config.tickNanos();
    return line.nominalNanos() <= end && end <= line.nominalNanos() + longest;
  }

  private static long length(Event event) {
    return event.time().after() - event.time().before();
  }

  private static boolean isAboutLeases(Event event) {
    return event.step() instanceof Step.Pull
        || event.step() instanceof Step.NakLater
        || (event.step() instanceof Step.Settle settle
            && settle.verb() != Step.Verb.ACK
            && settle.verb() != Step.Verb.ACK_ASYNC);
  }

  private boolean tied(Line a, Line b) {
    if (a.event().step() instanceof Step.Advance) {
      return isDeadLetterUnsure;
    }
    return a.event().outcome() instanceof Pulled pulled
        && b.event().outcome() instanceof Pulled other
        && dues(pulled).equals(dues(other));
  }

  private boolean countsAtInstantOfDue(Line line) {
    return line.event().step() instanceof Step.Advance
        && due.containsValue(at(line.nominalNanos()));
  }

  /**
   * Whether the right queue still counts tasks as delayed that have just become due, and nothing
   * else differs.
   */
  private boolean movesLate(Line a, Line b) {
    List<History.Count> counts = a.event().counts();
    List<History.Count> others = b.event().counts();
    return a.event().step() instanceof Step.Advance
        && a.event().outcome().equals(b.event().outcome())
        && isShortlyAfterDelay(a.nominalNanos())
        && counts.size() == others.size()
        && IntStream.range(0, counts.size())
            .allMatch(i -> isLater(counts.get(i).stats(), others.get(i).stats()));
  }

  private boolean isShortlyAfterDelay(long now) {
    return delays.stream()
        .anyMatch(due -> due <= now && now - due < LATE_TICKS * config.tickNanos());
  }

  /** Whether the counts are equal except for tasks that the second one has not moved yet. */
  private static boolean isLater(Stats one, Stats other) {
    long late = other.delayed() - one.delayed();
    return late >= 0
        && other.equals(
            new Stats(
                one.ready() - late,
                one.outstanding(),
                one.redelivered(),
                one.delayed() + late,
                one.dead()));
  }

  private boolean leavesDeadLetterUnsure(Step.Pull pull, Pulled pulled) {
    List<String> delivered = pulled.deliveries().stream().map(Differential::key).toList();
    if (delivered.isEmpty() || delivered.size() < pull.max()) {
      return false;
    }
    String last = due.get(delivered.get(delivered.size() - 1));
    return last != null
        && due.entrySet().stream()
            .filter(task -> task.getValue().equals(last) && !delivered.contains(task.getKey()))
            .anyMatch(task -> attempts.getOrDefault(task.getKey(), 0) >= settings.maxDeliveries());
  }

  private List<String> dues(Pulled pulled) {
    return pulled.deliveries().stream()
        .map(seen -> due.getOrDefault(key(seen), "never delivered " + key(seen)))
        .toList();
  }

  private void remember(Line line) {
    Event event = line.event();
    rememberStored(line);
    leases.after(event.step(), line.nominalNanos()).forEach((task, end) -> due.put(task, at(end)));
    if (event.harmed() != null) {
      rememberHarmed(line, event.harmed());
    } else if (event.outcome() instanceof Pulled pulled) {
      Step.Pull pull = (Step.Pull) event.step();
      isDeadLetterUnsure |= leavesDeadLetterUnsure(pull, pulled);
      for (Seen seen : pulled.deliveries()) {
        attempts.put(key(seen), seen.attempt());
        due.put(key(seen), at(leases.pulled(pull, key(seen), line.nominalNanos())));
      }
    } else if (event.outcome() instanceof Extended extended && extended.restarted()) {
      due.put(key(event), at(leases.extended(key(event), line.nominalNanos())));
    } else if (event.step() instanceof Step.NakLater later
        && event.outcome() instanceof Settled settled
        && settled.settlement() == dev.jetlane.Settlement.SETTLED) {
      leases.settled(key(event));
      due.put(key(event), at(line, later.ticks() * config.tickNanos()));
    } else if (event.step() instanceof Step.PushLater later) {
      rememberDelayed(line, later);
    } else if (givesBackAtOnce(event)) {
      leases.settled(key(event));
      due.put(key(event), "since step " + event.index());
    }
  }

  /** Remembers what a server stores. */
  private void rememberStored(Line line) {
    Event event = line.event();
    long now = line.nominalNanos();
    if (event.outcome() instanceof History.Stored pushed) {
      long delay =
          event.step() instanceof Step.PushLater later ? later.ticks() * config.tickNanos() : 0;
      for (History.Pushing task : pushed.tasks()) {
        stored.stored(key(event.step(), task.payload()), now + delay);
        accepted.merge(
            key(event.step(), task.id()),
            now,
            (before, again) -> again - before > config.dedupNanos() ? again : before);
      }
    } else if (event.outcome() instanceof History.Redriven redriven) {
      stored.stored(key(event.step(), redriven.letter().payload()), now);
    } else if (event.outcome() instanceof Pulled pulled) {
      pulled.deliveries().forEach(seen -> stored.pulled(key(seen)));
    } else if (event.step() instanceof Step.NakLater later && event.delivery() >= 0) {
      stored.began(key(event), now + later.ticks() * config.tickNanos() - config.leaseNanos());
    } else if (event.step() instanceof Step.Settle settle && event.delivery() >= 0) {
      if (settle.verb() == Step.Verb.EXTEND) {
        stored.began(key(event), now);
      } else if (settle.verb() == Step.Verb.RELEASE) {
        stored.stored(key(event), now);
      }
    }
    if (event.met() instanceof History.Outage met) {
      long outage = DifferentialPlans.OUTAGE_TICKS * config.tickNanos();
      long delay =
          event.step() instanceof Step.NakLater later
              ? later.ticks() * config.tickNanos() - config.leaseNanos()
              : 0;
      stored.beginsWithin(now + delay, outage);
      if (met.fault().restarts()) {
        stored.restarted(now, now + outage);
      }
    }
  }

  private String key(Step push, String payload) {
    return Settings.partitionName(Math.floorMod(partitionOf(push), settings.partitions()))
        + "/"
        + payload;
  }

  private static int partitionOf(Step step) {
    if (step instanceof Step.PushAgain push) {
      return push.partition();
    }
    if (step instanceof Step.PushAll push) {
      return push.partition();
    }
    if (step instanceof Step.PushAtomically push) {
      return push.partition();
    }
    if (step instanceof Step.PushExpiring push) {
      return push.partition();
    }
    if (step instanceof Step.Redrive redrive) {
      return redrive.partition();
    }
    return step instanceof Step.PushLater push ? push.partition() : ((Step.Push) step).partition();
  }

  private void rememberDelayed(Line line, Step.PushLater later) {
    if (line.event().outcome() instanceof History.Stored pushed) {
      String at = at(line, later.ticks() * config.tickNanos());
      pushed.tasks().forEach(task -> due.put(key(later, task.payload()), at));
      delays.add(line.nominalNanos() + later.ticks() * config.tickNanos());
    }
  }

  /** Remembers a step that took effect although its caller does not know that. */
  private void rememberHarmed(Line line, History.Harmed harmed) {
    Event event = line.event();
    if (!harmed.tookEffect()) {
      return;
    }
    if (harmed.exchange() == Exchange.EXTEND) {
      due.put(key(event), at(line, config.leaseNanos()));
    } else if (event.step() instanceof Step.NakLater later) {
      due.put(key(event), at(line, later.ticks() * config.tickNanos()));
    } else if (event.step() instanceof Step.PushLater later) {
      rememberDelayed(line, later);
    } else if (harmed.exchange() == Exchange.NAK) {
      due.put(key(event), "since step " + event.index());
    }
  }

  private static boolean givesBackAtOnce(Event event) {
    return event.delivery() >= 0
        && event.step() instanceof Step.Settle settle
        && (settle.verb() == Step.Verb.CLOSE
            ? event.observed().nanos() > 0
            : event.outcome() instanceof Settled);
  }

  private static String at(Line line, long nanosLater) {
    return at(line.nominalNanos() + nanosLater);
  }

  private static String at(long nanos) {
    return "at " + nanos;
  }

  /** Payloads are different for each push of a plan. */
  private static String key(Seen seen) {
    return seen.partition() + "/" + seen.payload();
  }

  private String key(Event event) {
    return left.lines().stream()
        .filter(line -> line.event().outcome() instanceof Pulled)
        .flatMap(line -> ((Pulled) line.event().outcome()).deliveries().stream())
        .filter(seen -> seen.number() == event.delivery())
        .map(Differential::key)
        .findFirst()
        .orElseThrow();
  }

  private String report(int at) {
    String newLine = System.lineSeparator();
    StringBuilder text = new StringBuilder(settings.toString()).append(newLine);
    for (int i = 0; i <= Math.min(at, left.lines().size() - 1); i++) {
      Line a = left.lines().get(i);
      Line b = right.lines().get(i);
      text.append(String.format("%3d %s -> %s%n", i, a.event().step(), a.text()));
      if (i == at) {
        text.append("    BUT ").append(b.text()).append(newLine);
        text.append("    left  ").append(FailureReport.line(a.event(), config.tickNanos()));
        text.append(newLine);
        text.append("    right ").append(FailureReport.line(b.event(), config.tickNanos()));
        text.append(newLine);
      }
    }
    if (at == left.lines().size()) {
      text.append("drain ").append(left.account()).append(newLine);
      text.append("  BUT ").append(right.account()).append(newLine);
    }
    return text.toString();
  }
}
