// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.QueueUnavailableException;
import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MockClock;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** Each event alone: it moves its own meters, and no other one. */
class EachMeterTest {

  private static final Duration HELD = Duration.ofSeconds(3);
  private static final Duration TOOK = Duration.ofSeconds(7);

  private final QueueUnavailableException down = new QueueUnavailableException("down", null);
  private final Delivery delivery =
      (Delivery)
          Proxy.newProxyInstance(
              Delivery.class.getClassLoader(),
              new Class<?>[] {Delivery.class},
              (proxy, method, arguments) -> method.getName().equals("partition") ? "gpu" : null);

  private Map<Consumer<QueueMetrics>, List<String>> events() {
    Map<Consumer<QueueMetrics>, List<String>> events = new LinkedHashMap<>();
    events.put(to -> to.pushed(new QueueEvent.Pushed("gpu", "a", false)), List.of("pushed"));
    events.put(
        to -> to.pushed(new QueueEvent.Pushed("gpu", "a", true)), List.of("push.duplicates"));
    events.put(
        to -> to.pushFailed(new QueueEvent.PushFailed("gpu", "a", down)), List.of("push.failures"));
    events.put(to -> to.pulled(new QueueEvent.Pulled("gpu", List.of(delivery))), List.of("pulled"));
    events.put(to -> to.pulled(new QueueEvent.Pulled("gpu", List.of())), List.of());
    events.put(
        to -> to.pullFailed(new QueueEvent.PullFailed("gpu", down)), List.of("pull.failures"));
    events.put(to -> to.redelivered(new QueueEvent.Redelivered(delivery)), List.of("redelivered"));
    events.put(
        to -> to.acked(new QueueEvent.Acked(delivery, false, HELD, TOOK)),
        List.of("held acked 3.0 s"));
    events.put(
        to -> to.acked(new QueueEvent.Acked(delivery, true, HELD, TOOK)),
        List.of("acked.late", "held acked 3.0 s"));
    events.put(
        to -> to.givenBack(new QueueEvent.GivenBack(delivery, Duration.ofHours(1), HELD, TOOK)),
        List.of("held given_back 3.0 s"));
    events.put(to -> to.extended(new QueueEvent.Extended(delivery)), List.of("extended"));
    events.put(
        to -> to.deadLettered(new QueueEvent.DeadLettered(delivery, "bad", HELD, TOOK)),
        List.of("dead.lettered rejected", "held dead 3.0 s"));
    events.put(
        to -> to.exhausted(new QueueEvent.Exhausted("gpu", "a")),
        List.of("dead.lettered exhausted"));
    events.put(to -> to.leaseLost(new QueueEvent.LeaseLost(delivery)), List.of("lease.lost"));
    events.put(
        to -> to.settleFailed(new QueueEvent.SettleFailed(delivery, down)),
        List.of("settle.failures"));
    events.put(to -> to.warned(new QueueEvent.Warned("the disk is almost full")), List.of());
    events.put(QueueMetrics::connectionLost, List.of("connection.lost"));
    events.put(QueueMetrics::connectionRestored, List.of("connected"));
    events.put(to -> to.handling(delivery).ended(null), List.of());
    events.put(
        to -> to.handling(delivery).ended(new IllegalStateException()),
        List.of("handler.failures IllegalStateException"));
    return events;
  }

  /** Returns the meters that are not zero, with their tags other than the partition. */
  private static List<String> moved(SimpleMeterRegistry registry) {
    List<String> moved = new ArrayList<>();
    for (Meter meter : registry.getMeters()) {
      List<Double> values =
          StreamSupport.stream(meter.measure().spliterator(), false)
              .map(Measurement::getValue)
              .toList();
      if (values.stream().anyMatch(value -> value != 0)) {
        StringBuilder line = new StringBuilder(meter.getId().getName().replace("jetlane.", ""));
        for (Tag tag : meter.getId().getTags()) {
          line.append(tag.getKey().equals("partition") ? "" : " " + tag.getValue());
        }
        if (meter.getId().getType() == Meter.Type.TIMER) {
          line.append(" ").append(values.get(1)).append(" s");
        }
        moved.add(line.toString());
      }
    }
    return moved.stream().sorted().toList();
  }

  @Test
  void anEventMovesItsOwnMeters() {
    int number = 0;
    for (Map.Entry<Consumer<QueueMetrics>, List<String>> each : events().entrySet()) {
      SimpleMeterRegistry registry = new SimpleMeterRegistry(SimpleConfig.DEFAULT, new MockClock());
      QueueMetrics metrics = new QueueMetrics(registry);
      metrics.connectionLost(); // So that the gauge of the connection is zero.
      assertThat(moved(registry)).containsExactly("connection.lost");
      List<String> wanted = new ArrayList<>(each.getValue());
      wanted.add("connection.lost");
      each.getKey().accept(metrics);
      assertThat(moved(registry))
          .as("the meters after event %d, which has %s", number++, each.getValue())
          .isEqualTo(wanted.stream().distinct().sorted().toList());
    }
  }

  /** A new event of the queue needs a decision about its meter. */
  @Test
  void theTableHasEachEvent() {
    List<String> methods =
        Arrays.stream(QueueListener.class.getMethods())
            .map(method -> method.getName())
            .filter(name -> !name.equals("pushing"))
            .sorted()
            .toList();
    assertThat(methods).hasSize(16);
    assertThat(events()).as("events, four of them in two forms").hasSize(methods.size() + 4);
  }
}
