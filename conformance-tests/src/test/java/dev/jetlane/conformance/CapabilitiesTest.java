// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.conformance.plain.HumbleHarness;
import dev.jetlane.conformance.run.Requires;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
import org.junit.platform.testkit.engine.Events;

/** No rule and no random plan uses an undeclared capability of a queue. */
class CapabilitiesTest {

  static class HumbleSuite extends TaskQueueConformance {
    @Override
    protected Harness harness() {
      return new HumbleHarness();
    }
  }

  @Test
  void undeclaredCapabilitiesAreNotUsed() {
    Events rules =
        EngineTestKit.engine("jqwik")
            .selectors(selectClass(HumbleSuite.class))
            .configurationParameter("jqwik.tries.default", "20")
            .configurationParameter("jqwik.database", "target/jqwik-database-of-mutants")
            .configurationParameter("jqwik.reporting.usejunitplatform", "true")
            .execute()
            .testEvents();

    assertThat(rules.failed().list()).isEmpty();
    assertThat(messages(rules.skipped())).isEqualTo(notRun());
    assertThat(rules.succeeded().count())
        .isEqualTo(RuleIndex.properties().size() - notRun().size());
  }

  /** The rules that need a capability, and the message of each without it. */
  private static Map<String, String> notRun() {
    Map<String, String> notRun = new TreeMap<>();
    RuleIndex.properties()
        .forEach(
            (rule, property) -> {
              Requires needed = property.getAnnotation(Requires.class);
              if (needed != null) {
                notRun.put(rule, "not run: " + needed.value()[0] + " is not declared");
              }
            });
    return notRun;
  }

  private static Map<String, String> messages(Events skipped) {
    Map<String, String> messages = new TreeMap<>();
    for (Event event : skipped.list()) {
      List<String> label = List.of(event.getTestDescriptor().getDisplayName().split(" ", 2));
      messages.put(label.get(0), event.getPayload(String.class).orElse(""));
    }
    return messages;
  }
}
