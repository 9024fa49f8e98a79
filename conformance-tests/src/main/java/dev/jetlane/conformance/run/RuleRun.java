// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.run;

import dev.jetlane.LeaseExpiredException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.harness.Exchange;
import dev.jetlane.conformance.harness.FaultHands;
import dev.jetlane.conformance.harness.Harm;
import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.conformance.oracle.EventJudge;
import dev.jetlane.conformance.oracle.History;
import dev.jetlane.conformance.oracle.LostPlace;
import dev.jetlane.conformance.oracle.Overrun;
import dev.jetlane.conformance.oracle.Verdict;
import dev.jetlane.conformance.oracle.Verdict.Violation;
import dev.jetlane.conformance.plan.Batch;
import dev.jetlane.conformance.plan.Plan;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.report.FailureReport;
import dev.jetlane.conformance.report.Ledger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/** The run of one property: the tries of one rule, and their results. */
public final class RuleRun {

  /** A check of a rule that no plan can express. */
  public interface Check {
    void run(Scene scene) throws Exception;
  }

  /** The reason for skipping a rule that cannot be observed while tasks are in a buffer. */
  static final String NOT_SEEN = "could not be seen with prefetch";

  private static final int RERUNS = 8;

  private record Result(History history, Verdict verdict) {}

  private final Supplier<Harness> harnesses;
  private volatile boolean realTime;
  private volatile boolean leasesAhead;
  private final int plansAtOnce;
  private final String suite;
  private String rule = "";
  private Capability[] required = {};

  /**
   * The rule that the first failing try broke. While the plan of that try is shrunk, violations of
   * other rules are ignored.
   */
  private @Nullable String broken;

  private Ledger.Entry entry = new Ledger.Entry("");

  public RuleRun(Supplier<Harness> harnesses, int plansAtOnce, String suite) {
    this.harnesses = harnesses;
    this.plansAtOnce = plansAtOnce;
    this.suite = suite;
  }

  public void begin(String ruleId) {
    rule = ruleId;
    broken = null;
    entry = new Ledger.Entry(ruleId);
  }

  String rule() {
    return rule;
  }

  /**
   * Returns the reason to skip a rule that needs these capabilities; empty if the queue has them.
   */
  Optional<String> reasonToSkip(Capability[] needed, boolean withoutPrefetch) {
    required = needed;
    try (Harness harness = harnesses.get()) {
      realTime = !harness.tolerance().isZero();
      boolean ahead = harness.pulling().prefetch() > 0;
      if (ahead && withoutPrefetch) {
        return Optional.of(NOT_SEEN);
      }
      return Stream.concat(ahead ? Stream.of(Capability.PREFETCH) : Stream.of(), Stream.of(needed))
          .filter(capability -> !harness.capabilities().contains(capability))
          .map(capability -> capability + " is not declared")
          .findFirst();
    } catch (RuntimeException e) {
      return Optional.empty(); // If the queue cannot be opened, the property fails with the reason.
    }
  }

  /** Whether this property has not tested its rule. */
  boolean sawNothing() {
    return entry.evidence == 0;
  }

  boolean leasesAhead() {
    return leasesAhead;
  }

  void end(String status, Class<?> container) {
    Ledger.write(container.getSimpleName(), entry, status);
  }

  /** Records that a rule did not run. */
  void skip(String reason, Class<?> container) {
    Ledger.skip(container.getSimpleName(), entry, reason);
  }

  /**
   * Returns whether random plans have expiring tasks, interrupts and second operators too. In real
   * time, where a rule has few plans, only with {@code -Djetlane.conformance.wide=true}.
   *
   * @return whether plans are wide
   */
  public boolean isWide() {
    return !realTime || Boolean.getBoolean("jetlane.conformance.wide");
  }

  /**
   * Returns batches of plans. A batch has the number of plans that the harness runs in parallel.
   */
  public Arbitrary<Batch> batches(Arbitrary<Plan> plans) {
    return plans.list().ofSize(plansAtOnce).map(Batch::new);
  }

  /**
   * Runs the plans and judges each history by every rule. At least one history must test the rule
   * of this property.
   */
  public void check(Batch batch) throws Exception {
    for (int run = 0; !showsSomething(batch) && !leasesAhead; run++) {
      // Runs again only in real time, where the machine may have stalled. In virtual time a second
      // run would have the same result.
      Assume.that(realTime && run < RERUNS);
    }
  }

  /** Whether too many tries of this suite were discarded. */
  boolean hasTooManyDiscards(Class<?> container) {
    return realTime && Ledger.hasTooManyDiscards(container.getSimpleName());
  }

  private boolean showsSomething(Batch batch) throws Exception {
    List<Result> results = run(batch);
    int evidence = 0;
    for (Result result : results) {
      entry.steps += result.history().events().size();
      evidence += result.verdict().evidence(rule);
    }
    entry.tries++;
    entry.plans += results.size();
    entry.evidence += evidence;
    if (failing(results)) {
      throwBroken(results);
      return true;
    }
    if (evidence == 0 && !leasesAhead) {
      entry.discarded++;
    }
    return evidence > 0;
  }

  /**
   * Throws a violation of this property's own rule, or else the first violation. While the plan is
   * shrunk, only violations of the rule that was thrown first count.
   */
  private void throwBroken(List<Result> results) {
    if (broken == null) {
      broken = isBroken(rule, results) ? rule : first(results).rule();
    }
    for (Result result : results) {
      for (Violation violation : result.verdict().violations()) {
        if (violation.rule().equals(broken)) {
          throw violation(result, violation);
        }
      }
    }
  }

  private static boolean failing(List<Result> results) {
    return results.stream().anyMatch(result -> !result.verdict().violations().isEmpty());
  }

  private static boolean isBroken(String rule, List<Result> results) {
    return results.stream()
        .flatMap(result -> result.verdict().violations().stream())
        .anyMatch(violation -> violation.rule().equals(rule));
  }

  /** Runs code against a fresh queue. */
  public void with(Settings settings, Check check) throws Exception {
    try (Harness harness = open();
        Scene scene = new Scene(harness, settings)) {
      check.run(scene);
    } catch (TestAbortedException e) {
      throw e;
    } catch (RuntimeException | TimeoutException e) {
      throw new RuleViolation(rule, e);
    }
    synchronized (this) {
      entry.tries++;
      entry.plans++;
    }
  }

  /**
   * Runs several checks, each against a fresh queue. In real time they run in parallel, because
   * they mostly wait.
   */
  public void withEach(Settings settings, List<Check> checks) throws Exception {
    boolean side;
    try (Harness harness = harnesses.get()) {
      side = !harness.tolerance().isZero();
    }
    List<Callable<@Nullable Void>> calls = new ArrayList<>();
    for (Check check : checks) {
      calls.add(
          () -> {
            with(settings, check);
            return null;
          });
    }
    ExecutorService executor = Executors.newFixedThreadPool(side ? checks.size() : 1);
    try {
      for (Future<?> future : executor.invokeAll(calls)) {
        future.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof Exception cause ? cause : e;
    } finally {
      executor.shutdownNow();
    }
  }

  /** Runs code against a fresh queue, whose leases last longer than the code. */
  public void with(Check check) throws Exception {
    with(Settings.UNHURRIED, check);
  }

  /**
   * Like {@link #with}, for a rule that no queue can keep while the machine stalls. Repeats the
   * check if the machine stalled.
   */
  public void calmly(Settings settings, Check check) throws Exception {
    inTime(settings, scene -> runCalmly(scene, check));
  }

  /**
   * Like {@link #with}, for a check that proves nothing if it runs too late. Repeats a late check.
   * See {@link Scene#requireInTime}.
   */
  public void inTime(Settings settings, Check check) throws Exception {
    for (int run = 0; ; run++) {
      try {
        with(settings, check);
        return;
      } catch (NotCalm e) {
        entry.discarded++;
        Assume.that(run < RERUNS);
      }
    }
  }

  /**
   * Runs a check. A failure proves nothing about the queue if the machine stalled. A late
   * settlement directly after its pull shows a stall.
   */
  private static void runCalmly(Scene scene, Check check) throws Exception {
    try {
      check.run(scene);
    } catch (LeaseExpiredException | OutcomeUnknownException e) {
      throw new NotCalm(e);
    } catch (RuleViolation | RuntimeException e) {
      if (scene.stoodStill()) {
        throw new NotCalm(e);
      }
      throw e;
    }
  }

  /** The machine stalled for too long to judge a check. */
  static final class NotCalm extends Exception {
    private static final long serialVersionUID = 1L;

    NotCalm(Throwable cause) {
      super(cause);
    }
  }

  /**
   * Returns whether the harness can cause a harm. The summary of the suite names the harms that it
   * cannot cause.
   *
   * @param scene the scene with the harness
   * @param exchange the request
   * @param harm the harm to the request
   * @return whether the rule can be checked with this harm
   */
  public boolean can(Scene scene, Exchange exchange, Harm harm) {
    boolean can = scene.harness.faults().can(exchange, harm);
    if (!can) {
      entry.leaveOut(exchange, harm);
    }
    return can;
  }

  /**
   * Counts a test of the rule of this property, and throws a violation unless the condition holds.
   */
  public void require(boolean holds, Supplier<String> otherwise) {
    synchronized (this) {
      entry.evidence++;
    }
    if (!holds) {
      throw new RuleViolation(rule, otherwise.get());
    }
  }

  private Harness open() {
    Harness harness = harnesses.get();
    realTime = !harness.tolerance().isZero();
    leasesAhead = harness.pulling().prefetch() > 0;
    if (Arrays.asList(required).contains(Capability.FAULTS)) {
      FaultHands unused = harness.faults(); // The clients are to be opened where faults reach them.
    }
    return harness;
  }

  private List<Result> run(Batch batch) throws Exception {
    if (batch.plans().size() == 1) {
      return List.of(run(batch.plans().get(0)));
    }
    ExecutorService executor = Executors.newFixedThreadPool(batch.plans().size());
    try {
      List<Callable<Result>> calls = new ArrayList<>();
      batch.plans().forEach(plan -> calls.add(() -> run(plan)));
      List<Result> results = new ArrayList<>();
      for (Future<Result> future : executor.invokeAll(calls)) {
        results.add(future.get());
      }
      return results;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    } finally {
      executor.shutdownNow();
    }
  }

  private Result run(Plan plan) throws InterruptedException {
    try (Harness harness = open()) {
      return listens() ? withListeners(plan, harness) : withoutListeners(plan, harness);
    }
  }

  private static Result withoutListeners(Plan plan, Harness harness) throws InterruptedException {
    History history = PlanRunner.run(plan, harness);
    return new Result(history, judge(history, harness));
  }

  private static Verdict judge(History history, Harness harness) {
    Verdict verdict = Overrun.judge(history);
    boolean proves =
        verdict.violations().isEmpty()
            || harness.capabilities().contains(Capability.EXPIRY_DURING_PULLS)
            || !LostPlace.mayBeIn(history);
    return proves ? verdict : new Verdict();
  }

  /** Runs a plan with a listener at every client, for the rules about events. */
  private static Result withListeners(Plan plan, Harness harness) throws InterruptedException {
    Listening listening = new Listening(harness);
    History history = PlanRunner.run(plan, listening, listening::cut);
    listening.cut();
    Verdict verdict = judge(history, harness);
    new EventJudge(history, listening.parts(), verdict).judge();
    return new Result(history, verdict);
  }

  private boolean listens() {
    return Arrays.asList(required).contains(Capability.LISTENERS);
  }

  private static Violation first(List<Result> results) {
    return results.stream()
        .flatMap(result -> result.verdict().violations().stream())
        .findFirst()
        .orElseThrow();
  }

  private RuleViolation violation(Result result, Violation violation) {
    String name = suite + "-" + rule;
    return new RuleViolation(
        violation.rule(),
        violation.message()
            + System.lineSeparator()
            + FailureReport.text(name, result.history(), result.verdict()));
  }
}
