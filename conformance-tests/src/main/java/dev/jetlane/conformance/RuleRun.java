package dev.jetlane.conformance;

import dev.jetlane.conformance.Verdict.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/** One property being run: the tries of one rule, and what they showed. */
final class RuleRun {

  /** A check of a rule that no plan can express. */
  interface Check {
    void run(Scene scene) throws Exception;
  }

  private static final int RERUNS = 4;

  private record Result(History history, Verdict verdict) {}

  private final Supplier<Harness> harnesses;
  private final int plansAtOnce;
  private final String suite;
  private String rule = "";
  private Capability[] required = {};
  private @Nullable Capability skippedFor;
  private Ledger.Entry entry = new Ledger.Entry("");

  RuleRun(Supplier<Harness> harnesses, int plansAtOnce, String suite) {
    this.harnesses = harnesses;
    this.plansAtOnce = plansAtOnce;
    this.suite = suite;
  }

  void begin(String ruleId) {
    rule = ruleId;
    entry = new Ledger.Entry(ruleId);
  }

  void require(Capability... capabilities) {
    required = capabilities;
  }

  String rule() {
    return rule;
  }

  @Nullable Capability skippedFor() {
    return skippedFor;
  }

  int evidence() {
    return entry.evidence;
  }

  void end(String status, Class<?> container) {
    Ledger.write(container.getSimpleName(), entry, status);
  }

  /** As many plans per try as the harness wants at once. */
  Arbitrary<Batch> batches(Arbitrary<Plan> plans) {
    return plans.list().ofSize(plansAtOnce).map(Batch::new);
  }

  /**
   * Runs the plans and holds each history to every rule; the rule of this property must be among
   * those tested.
   */
  void check(Batch batch) throws Exception {
    // In virtual time the same plan shows the same again; in real time it was the machine that
    // stood still.
    int reruns = plansAtOnce > 1 ? RERUNS : 0;
    for (int run = 0; !showsSomething(batch); run++) {
      Assume.that(run < reruns);
    }
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
    for (Result result : results) {
      if (!result.verdict().violations().isEmpty()) {
        throw violation(result);
      }
    }
    if (evidence == 0) {
      entry.discarded++;
    }
    return evidence > 0;
  }

  /** Runs code against a fresh queue. */
  void with(Settings settings, Check check) throws Exception {
    try (Harness harness = open();
        Scene scene = new Scene(harness, settings)) {
      check.run(scene);
    } catch (TestAbortedException e) {
      throw e;
    } catch (RuntimeException | TimeoutException e) {
      RuleViolation violation = new RuleViolation(rule, "nobody expected " + e);
      violation.initCause(e);
      throw violation;
    }
    entry.tries++;
    entry.plans++;
  }

  void with(Check check) throws Exception {
    with(Settings.PLAIN, check);
  }

  /** Holds the code of {@link #with} to the rule of this property. */
  void require(boolean holds, Supplier<String> otherwise) {
    entry.evidence++;
    if (!holds) {
      throw new RuleViolation(rule, otherwise.get());
    }
  }

  private Harness open() {
    Harness harness = harnesses.get();
    for (Capability needed : required) {
      if (!harness.capabilities().contains(needed)) {
        skippedFor = needed;
        harness.close();
        Assume.that(false);
      }
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
      History history = PlanRunner.run(plan, harness);
      return new Result(history, Oracle.judge(history));
    }
  }

  private RuleViolation violation(Result result) {
    List<Violation> all = result.verdict().violations();
    Violation first =
        all.stream().filter(v -> v.rule().equals(rule)).findFirst().orElse(all.get(0));
    String name = suite + "-" + rule;
    return new RuleViolation(
        first.rule(),
        first.message()
            + System.lineSeparator()
            + FailureReport.text(name, result.history(), result.verdict()));
  }
}
