// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.jetlane.Partition;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueListener;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** The settings of the extension do not depend on their order, and each one changes a copy. */
@Timeout(60)
class ExtensionOptionsTest {

  private static final List<String> SEEN = new ArrayList<>();
  private static JetlaneExtension current = new JetlaneExtension();
  private static boolean expectsAutomaticClock;

  private static final QueueListener LISTENER =
      new QueueListener() {
        @Override
        public void pushed(QueueEvent.Pushed event) {
          SEEN.add("listener");
        }
      };

  private static final List<UnaryOperator<JetlaneExtension>> SETTINGS =
      List.of(
          extension -> extension.withConfig(QueueConfig.defaults().withMaxTasks(1)),
          JetlaneExtension::withoutLeakCheck,
          JetlaneExtension::withAutomaticClock,
          extension -> extension.withListeners(LISTENER));

  /** Run by the tests below like a test of a user. It leaks a puller. */
  static class Subject {

    @RegisterExtension final JetlaneExtension jetlane = current;

    @Test
    void uses(TaskQueue queue) throws Exception {
      Partition partition = queue.partition("p");
      partition.push(Task.of("a", "x"));
      try {
        partition.push(Task.of("b", "x"));
      } catch (QueueFullException e) {
        SEEN.add("config");
      }
      var pull = queue.partition("q").puller().pullAsync(1, Duration.ofHours(1));
      if (expectsAutomaticClock) {
        assertThat(pull.get(20, TimeUnit.SECONDS)).isEmpty();
      } else {
        assertThatThrownBy(() -> pull.copy().orTimeout(30, TimeUnit.MILLISECONDS).get())
            .hasCauseInstanceOf(TimeoutException.class);
      }
    }
  }

  /** Returns the failures of a test with this extension. */
  private static List<String> run(JetlaneExtension extension, boolean automaticClock) {
    SEEN.clear();
    current = extension;
    expectsAutomaticClock = automaticClock;
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request().selectors(selectClass(Subject.class)).build(),
            listener);
    assertThat(listener.getSummary().getTestsFoundCount()).isEqualTo(1);
    return listener.getSummary().getFailures().stream()
        .map(failure -> String.valueOf(failure.getException().getMessage()))
        .toList();
  }

  private static List<List<UnaryOperator<JetlaneExtension>>> orders(
      List<UnaryOperator<JetlaneExtension>> of) {
    if (of.isEmpty()) {
      return List.of(List.of());
    }
    List<List<UnaryOperator<JetlaneExtension>>> orders = new ArrayList<>();
    for (UnaryOperator<JetlaneExtension> first : of) {
      List<UnaryOperator<JetlaneExtension>> rest = new ArrayList<>(of);
      rest.remove(first);
      for (List<UnaryOperator<JetlaneExtension>> others : orders(rest)) {
        List<UnaryOperator<JetlaneExtension>> order = new ArrayList<>(List.of(first));
        order.addAll(others);
        orders.add(order);
      }
    }
    return orders;
  }

  @Test
  void eachSettingKeepsTheOthersInEachOrder() {
    List<List<UnaryOperator<JetlaneExtension>>> orders = orders(SETTINGS);
    assertThat(orders).hasSize(24);
    for (List<UnaryOperator<JetlaneExtension>> order : orders) {
      JetlaneExtension extension = new JetlaneExtension();
      String names = "";
      for (UnaryOperator<JetlaneExtension> setting : order) {
        extension = setting.apply(extension);
        names += SETTINGS.indexOf(setting);
      }
      assertThat(run(extension, true)).as("order %s: failures", names).isEmpty();
      assertThat(SEEN).as("order %s", names).containsExactly("listener", "config");
    }
  }

  @Test
  void aSettingChangesACopy() {
    JetlaneExtension original = new JetlaneExtension();
    for (UnaryOperator<JetlaneExtension> setting : SETTINGS) {
      assertThat(setting.apply(original)).isNotSameAs(original);
    }

    assertThat(run(original, false))
        .singleElement()
        .asString()
        .contains("unclosed puller: puller 1 of partition q");
    assertThat(SEEN).isEmpty();
  }

  /** Each setting alone changes nothing else. */
  @Test
  void aSettingAloneChangesNothingElse() {
    JetlaneExtension plain = new JetlaneExtension();
    assertThat(run(plain.withConfig(QueueConfig.defaults().withMaxTasks(1)), false)).hasSize(1);
    assertThat(SEEN).containsExactly("config");
    assertThat(run(plain.withoutLeakCheck(), false)).isEmpty();
    assertThat(SEEN).isEmpty();
    assertThat(run(plain.withAutomaticClock(), true)).hasSize(1);
    assertThat(SEEN).isEmpty();
    assertThat(run(plain.withListeners(LISTENER), false)).hasSize(1);
    assertThat(SEEN).containsExactly("listener", "listener");
  }

  @Test
  void aLaterChangeOfTheListenersChangesNothing() {
    QueueListener[] listeners = {LISTENER};
    JetlaneExtension extension = new JetlaneExtension().withListeners(listeners);
    listeners[0] = new QueueListener() {};
    assertThat(run(extension, false)).hasSize(1);
    assertThat(SEEN).containsExactly("listener", "listener");
    assertThat(run(extension.withListeners(), false)).hasSize(1);
    assertThat(SEEN).as("without listeners").isEmpty();
  }
}
