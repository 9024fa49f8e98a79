// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Handling;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Every event reaches every listener, in their order, with its values, although others fail. */
class EveryEventTest {

  private final List<String> told = new ArrayList<>();
  private final Bench bench = new Bench();
  private final Delivery delivery = bench.delivery(bench.lease());
  private final Listeners listeners =
      new Listeners(List.of(listener("a", null), broken(), listener("b", null)));

  private QueueListener listener(String name, @Nullable RuntimeException failure) {
    return (QueueListener)
        Proxy.newProxyInstance(
            QueueListener.class.getClassLoader(),
            new Class<?>[] {QueueListener.class},
            (proxy, method, arguments) -> {
              if (failure != null) {
                throw failure;
              }
              told.add(
                  name + " " + method.getName() + (arguments == null ? "" : " " + arguments[0]));
              return null;
            });
  }

  private QueueListener broken() {
    return listener("broken", new IllegalStateException("broken"));
  }

  private Map<Object, Consumer<Listeners>> events(TaskQueueException error) {
    Duration held = Duration.ofSeconds(1);
    Duration took = Duration.ofSeconds(2);
    Map<Object, Consumer<Listeners>> events = new LinkedHashMap<>();
    QueueEvent.Pushed pushed = new QueueEvent.Pushed("p", "t", true);
    events.put(pushed, to -> to.pushed(pushed));
    QueueEvent.PushFailed pushFailed = new QueueEvent.PushFailed("p", "t", error);
    events.put(pushFailed, to -> to.pushFailed(pushFailed));
    QueueEvent.Pulled pulled = new QueueEvent.Pulled("p", List.of(delivery));
    events.put(pulled, to -> to.pulled(pulled));
    QueueEvent.Redelivered redelivered = new QueueEvent.Redelivered(delivery);
    events.put(redelivered, to -> to.redelivered(redelivered));
    QueueEvent.PullFailed pullFailed = new QueueEvent.PullFailed("p", error);
    events.put(pullFailed, to -> to.pullFailed(pullFailed));
    QueueEvent.Acked acked = new QueueEvent.Acked(delivery, true, held, took);
    events.put(acked, to -> to.acked(acked));
    QueueEvent.GivenBack givenBack =
        new QueueEvent.GivenBack(delivery, Duration.ofSeconds(3), held, took);
    events.put(givenBack, to -> to.givenBack(givenBack));
    QueueEvent.Extended extended = new QueueEvent.Extended(delivery);
    events.put(extended, to -> to.extended(extended));
    QueueEvent.DeadLettered dead = new QueueEvent.DeadLettered(delivery, "bad", held, took);
    events.put(dead, to -> to.deadLettered(dead));
    QueueEvent.Exhausted exhausted = new QueueEvent.Exhausted("p", "t");
    events.put(exhausted, to -> to.exhausted("p", "t"));
    QueueEvent.LeaseLost lost = new QueueEvent.LeaseLost(delivery);
    events.put(lost, to -> to.leaseLost(lost));
    QueueEvent.SettleFailed settleFailed = new QueueEvent.SettleFailed(delivery, error);
    events.put(settleFailed, to -> to.settleFailed(settleFailed));
    QueueEvent.Warned warned = new QueueEvent.Warned("the disk is almost full");
    events.put(warned, to -> to.warned("the disk is almost full"));
    return events;
  }

  private static String method(Object event) {
    String name = event.getClass().getSimpleName();
    return name.substring(0, 1).toLowerCase(java.util.Locale.ROOT) + name.substring(1);
  }

  @Test
  void eachEventReachesTheListenersBeforeAndAfterABrokenOneEachTime() {
    Map<Object, Consumer<Listeners>> events = events(new QueueUnavailableException("down", null));
    for (int time = 1; time <= 2; time++) {
      events.forEach(
          (event, call) -> {
            told.clear();
            call.accept(listeners);
            String line = " " + method(event) + " " + event;
            assertThat(told).containsExactly("a" + line, "b" + line);
          });
      told.clear();
      listeners.connectionLost();
      listeners.connectionRestored();
      assertThat(told)
          .containsExactly(
              "a connectionLost",
              "b connectionLost",
              "a connectionRestored",
              "b connectionRestored");
    }
  }

  @Test
  void theTableHasAllEvents() {
    TreeSet<String> methods = new TreeSet<>();
    events(new QueueUnavailableException("down", null))
        .keySet()
        .forEach(e -> methods.add(method(e)));
    methods.addAll(List.of("connectionLost", "connectionRestored", "pushing", "handling"));
    assertThat(Arrays.stream(QueueListener.class.getMethods()).map(Method::getName))
        .containsExactlyInAnyOrderElementsOf(methods);
  }

  /**
   * A close is no failure, except of a push that was announced. After the close other events are
   * reported, except lost leases.
   */
  @Test
  void callsOnAClosedQueueAreNoFailures() {
    events(new QueueClosedException("closed", null))
        .values()
        .forEach(call -> call.accept(listeners));
    assertThat(told)
        .noneMatch(line -> line.contains("pullFailed") || line.contains("settleFailed"))
        .hasSize(22);
    told.clear();
    listeners.close();
    events(new QueueUnavailableException("down", null))
        .values()
        .forEach(call -> call.accept(listeners));
    assertThat(told).noneMatch(line -> line.contains("leaseLost")).hasSize(24);
  }

  private static QueueListener pushing(UnaryOperator<Task> change) {
    return new QueueListener() {
      @Override
      public Task pushing(String partition, Task task) {
        return change.apply(task.withHeader("in", partition));
      }
    };
  }

  @Test
  @SuppressWarnings("NullAway") // the subject of the test
  void aListenerThatChangesMoreThanHeadersIsIgnoredAndTheNextOneIsNot() {
    Task task = Task.of("id", "payload").withDelay(Duration.ofSeconds(1)).withPriority(1);
    List<UnaryOperator<Task>> bad =
        List.of(
            each -> null,
            each -> Task.of("other", each.payload()).withDelay(each.delay()).withPriority(1),
            each -> Task.of("id", "other").withDelay(each.delay()).withPriority(1),
            each -> each.withDelay(Duration.ofSeconds(2)),
            each -> each.withPriority(2),
            each -> each.withTimeToLive(Duration.ofSeconds(9)),
            each -> {
              throw new NoClassDefFoundError("gone");
            });
    for (UnaryOperator<Task> change : bad) {
      Listeners all =
          new Listeners(
              List.of(
                  pushing(each -> each.withHeader("first", "1")),
                  pushing(change),
                  pushing(each -> each.withHeader("last", each.headers().get("first") + "2"))));
      assertThat(all.pushing("p", task, each -> {}))
          .isEqualTo(task.withHeaders(Map.of("in", "p", "first", "1", "last", "12")));
    }
  }

  private QueueListener handling(String name, @Nullable Handling handling) {
    return new QueueListener() {
      @Override
      @SuppressWarnings("NullAway") // the subject of the test
      public Handling handling(Delivery given) {
        told.add(name + " " + (given == delivery));
        if (name.equals("broken")) {
          throw new IllegalStateException("broken");
        }
        return handling;
      }
    };
  }

  private Handling recorded(String name, boolean fails) {
    return new Handling() {
      @Override
      public void left() {
        told.add(name + " left");
        if (fails) {
          throw new IllegalStateException("broken");
        }
      }

      @Override
      public void ended(@Nullable Throwable failure) {
        told.add(name + " ended " + failure);
        if (fails) {
          throw new IllegalStateException("broken");
        }
      }
    };
  }

  @Test
  void theHandlingsEndInReverseAlthoughOneFails() {
    Listeners all =
        new Listeners(
            List.of(
                handling("a", recorded("a", false)),
                handling("broken", null),
                handling("none", Handling.NONE),
                handling("null", null),
                handling("b", recorded("b", true)),
                handling("c", recorded("c", false))));
    Handling handling = all.handling(delivery);
    assertThat(told)
        .containsExactly("a true", "broken true", "none true", "null true", "b true", "c true");
    told.clear();
    handling.left();
    handling.ended(null);
    handling.ended(new Error("why"));
    assertThat(told)
        .containsExactly(
            "c left",
            "b left",
            "a left",
            "c ended null",
            "b ended null",
            "a ended null",
            "c ended java.lang.Error: why",
            "b ended java.lang.Error: why",
            "a ended java.lang.Error: why");
  }

  /** Every task has one, so the usual one costs no object. */
  @Test
  void withoutHandlingsThereIsOneForAll() {
    assertThat(new Listeners(List.of()).handling(delivery)).isSameAs(Handling.NONE);
    assertThat(new Listeners(List.of(handling("none", Handling.NONE))).handling(delivery))
        .isSameAs(Handling.NONE);
    assertThat(new Listeners(List.of()).areAny()).isFalse();
    assertThat(listeners.areAny()).isTrue();
  }

  @Test
  void aListenerChangesNothingByDefault() {
    QueueListener plain = new QueueListener() {};
    Task task = Task.of("id", "");
    assertThat(plain.pushing("p", task)).isSameAs(task);
    assertThat(plain.handling(delivery)).isSameAs(Handling.NONE);
  }
}
