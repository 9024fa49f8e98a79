// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs one rule on one implementation: the program behind {@code .ci/rule}. */
public final class RunRule {

  private static final Map<String, List<Class<?>>> SUITES =
      Map.of(
          "fake",
          List.of(InMemoryConformanceTest.class),
          "plain",
          List.of(plain()),
          "nats",
          List.of(
              NatsConformanceTest.class,
              NatsLeaseConformanceTest.class,
              NatsWorkConformanceTest.class,
              NatsFaultConformanceTest.class,
              NatsServerFaultConformanceTest.class,
              NatsOperateConformanceTest.class));

  private RunRule() {}

  /** The third implementation does not know this package, and prints no rule. */
  private static Class<?> plain() {
    try {
      return Class.forName("dev.jetlane.conformance.plain.PlainConformanceTest");
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Runs it and exits: with 0 if the rule holds, 1 if it does not, 2 if it was not run.
   *
   * @param arguments the id of a rule, and {@code fake}, {@code plain} or {@code nats}
   */
  public static void main(String[] arguments) {
    String rule = arguments[0];
    String side = arguments[1];
    Method property = RuleIndex.properties().get(rule);
    if (property == null) {
      throw stop("there is no rule " + rule + "; conformance-tests/RULES.md lists them");
    }
    List<Class<?>> suites = SUITES.get(side);
    if (suites == null) {
      throw stop("there is no implementation " + side + ", but fake, plain and nats");
    }
    Class<?> suite =
        suites.stream()
            .filter(each -> property.getDeclaringClass().isAssignableFrom(each))
            .findFirst()
            .orElse(null);
    if (suite == null) {
      throw stop("no suite of " + side + " has " + rule);
    }
    Outcome outcome = new Outcome();
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request().selectors(selectMethod(suite, property)).build();
    LauncherFactory.create().execute(request, outcome);
    System.out.println(rule + " on " + side + ": " + outcome.text);
    System.exit(outcome.code);
  }

  private static IllegalArgumentException stop(String why) {
    System.err.println(why);
    System.exit(2);
    return new IllegalArgumentException(why);
  }

  /** The result of the one property. */
  private static final class Outcome implements TestExecutionListener {

    private int code = 2;
    private String text = "not run";

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
      text = reason;
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      boolean failed = result.getStatus() == TestExecutionResult.Status.FAILED;
      if (failed) {
        code = 1;
        text = "broken";
        result.getThrowable().ifPresent(thrown -> System.out.println(message(thrown)));
      } else if (test.isTest() && code == 2) {
        code = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL ? 0 : 2;
        text = code == 0 ? "holds" : "not run";
      }
    }

    private static String message(Throwable thrown) {
      return Stream.iterate(thrown, error -> error != null, Throwable::getCause)
          .map(Throwable::toString)
          .findFirst()
          .orElse("");
    }
  }
}
