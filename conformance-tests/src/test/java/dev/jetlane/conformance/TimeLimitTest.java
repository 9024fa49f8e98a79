// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.jetlane.conformance.run.TimeLimit;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import net.jqwik.api.Example;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;

/** A property that never ends fails and shows the stacks of its threads. */
class TimeLimitTest {

  private final PrintStream before = System.err;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  @BeforeEach
  void theLimitIsOneSecond() {
    System.setProperty("jetlane.conformance.limit", "1");
    System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void asBefore() {
    System.clearProperty("jetlane.conformance.limit");
    System.setErr(before);
  }

  @Test
  void aPropertyThatHangsFailsWithTheStackOfEachThread() {
    List<Throwable> failures =
        EngineTestKit.engine("jqwik")
            .selectors(selectClass(Hanging.class))
            .configurationParameter("jqwik.database", "target/jqwik-database-of-limits")
            .configurationParameter("jqwik.reporting.usejunitplatform", "true")
            .execute()
            .testEvents()
            .failed()
            .stream()
            .flatMap(event -> event.getPayload(TestExecutionResult.class).stream())
            .flatMap(result -> result.getThrowable().stream())
            .toList();
    assertThat(failures).singleElement().asString().contains("not over after 1 s");
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains("Hanging: waitsForNothing: not over after 1 s")
        .contains("TimeLimitTest$Hanging.waitsForNothing(");
  }

  @AddLifecycleHook(TimeLimit.class)
  static class Hanging {

    @Example
    void waitsForNothing() throws InterruptedException {
      new CountDownLatch(1).await();
    }

    @Example
    void endsInTime() {}
  }
}
