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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Several listeners of one queue: each receives each call, whatever the others do. */
class ListenerCallsTest {

  private final QueueClosedException closed = new QueueClosedException("closed", null);
  private final QueueUnavailableException away = new QueueUnavailableException("away", null);

  private final List<String> told = new ArrayList<>();
  private final Bench bench = new Bench();
  private final Delivery delivery = bench.delivery(bench.lease());

  /** Records its calls; the broken one then throws. */
  private final class Recorder implements QueueListener {

    private final String name;
    private final boolean broken;

    Recorder(String name, boolean broken) {
      this.name = name;
      this.broken = broken;
    }

    private void note(String call) {
      told.add(name + " " + call);
      if (broken) {
        throw new StackOverflowError();
      }
    }

    @Override
    public Task pushing(String partition, Task task) {
      note("pushing to " + partition);
      return task.withHeaders(Map.of(name, "1"));
    }

    @Override
    public void pushFailed(QueueEvent.PushFailed event) {
      note("pushFailed");
    }

    @Override
    public void pullFailed(QueueEvent.PullFailed event) {
      note("pullFailed");
    }

    @Override
    public void settleFailed(QueueEvent.SettleFailed event) {
      note("settleFailed");
    }

    @Override
    public void leaseLost(QueueEvent.LeaseLost event) {
      note("leaseLost");
    }

    @Override
    public void extended(QueueEvent.Extended event) {
      note("extended");
    }

    @Override
    public void connectionLost() {
      note("connectionLost");
    }

    @Override
    public void connectionRestored() {
      note("connectionRestored");
    }

    @Override
    public Handling handling(Delivery of) {
      note("handling");
      return new Handling() {
        @Override
        public void left() {
          note("left");
        }

        @Override
        public void ended(@Nullable Throwable failure) {
          note("ended " + failure);
        }
      };
    }
  }

  private Listeners listeners(QueueListener... all) {
    return new Listeners(List.of(all));
  }

  private List<String> failed(TaskQueueException error) {
    told.clear();
    Listeners one = listeners(new Recorder("a", false));
    one.pushFailed(new QueueEvent.PushFailed("p", "task", error));
    one.pullFailed(new QueueEvent.PullFailed("p", error));
    one.settleFailed(new QueueEvent.SettleFailed(delivery, error));
    return told;
  }

  /** A call after the close is a mistake of the caller, and not a failure of the queue. */
  @Test
  void failuresOfAClosedQueueAreNotReportedExceptOfAnnouncedPushes() {
    assertThat(failed(away)).containsExactly("a pushFailed", "a pullFailed", "a settleFailed");
    assertThat(failed(closed)).containsExactly("a pushFailed");
  }

  @Test
  void afterTheCloseALossIsNotReportedButTheOtherEventsAre() {
    Listeners one = listeners(new Recorder("a", false));
    one.leaseLost(new QueueEvent.LeaseLost(delivery));
    one.close();
    one.leaseLost(new QueueEvent.LeaseLost(delivery));
    one.extended(new QueueEvent.Extended(delivery));
    assertThat(told).containsExactly("a leaseLost", "a extended");
  }

  @Test
  void aBrokenListenerHidesNoCallFromTheOthers() {
    Listeners both = listeners(new Recorder("broken", true), new Recorder("b", false));
    both.connectionLost();
    both.connectionRestored();
    both.connectionLost();
    Task pushed = both.pushing("p", Task.of("task", ""), each -> {});
    assertThat(pushed.headers()).containsExactly(Map.entry("b", "1"));
    Handling handling = both.handling(delivery);
    handling.left();
    handling.ended(null);
    assertThat(told)
        .containsExactly(
            "broken connectionLost",
            "b connectionLost",
            "broken connectionRestored",
            "b connectionRestored",
            "broken connectionLost",
            "b connectionLost",
            "broken pushing to p",
            "b pushing to p",
            "broken handling",
            "b handling",
            "b left",
            "b ended null");
  }

  @Test
  void aBrokenHandlingHidesNoEndFromTheOthers() {
    Listeners all =
        listeners(
            new Recorder("a", false),
            new QueueListener() {
              @Override
              public Handling handling(Delivery of) {
                return new Handling() {
                  @Override
                  public void left() {
                    throw new StackOverflowError();
                  }

                  @Override
                  public void ended(@Nullable Throwable failure) {
                    throw new IllegalStateException();
                  }
                };
              }
            },
            new Recorder("c", false));
    Handling handling = all.handling(delivery);
    handling.left();
    handling.ended(away);
    assertThat(told)
        .containsExactly(
            "a handling", "c handling", "c left", "a left", "c ended " + away, "a ended " + away);
  }

  /** Most listeners follow no handlers. */
  @Test
  void listenersWithoutAHandlingAreSkipped() {
    QueueListener without = new QueueListener() {};
    QueueListener none =
        new QueueListener() {
          @Override
          @SuppressWarnings("NullAway")
          public Handling handling(Delivery of) {
            return null;
          }
        };
    assertThat(listeners().handling(delivery)).isSameAs(Handling.NONE);
    assertThat(listeners(without, none).handling(delivery)).isSameAs(Handling.NONE);
    Handling one = listeners(without, new Recorder("a", false), none).handling(delivery);
    one.left();
    one.ended(null);
    assertThat(told).containsExactly("a handling", "a left", "a ended null");
  }

  @Test
  void eachListenerReceivesTheTaskOfTheOneBefore() {
    List<Map<String, String>> seen = new ArrayList<>();
    QueueListener last =
        new QueueListener() {
          @Override
          public Task pushing(String partition, Task task) {
            seen.add(task.headers());
            return task;
          }
        };
    Task changed =
        listeners(new Recorder("a", false), last)
            .pushing("p", Task.of("task", "payload"), each -> {});
    assertThat(seen).containsExactly(Map.of("a", "1"));
    assertThat(changed.headers()).isEqualTo(Map.of("a", "1"));
    assertThat(changed.id()).isEqualTo("task");
  }

  /** A listener that changes the task itself is ignored, as is one that returns null. */
  @Test
  void aTaskThatAListenerReplacesIsPushedUnchanged() {
    Task task = Task.of("task", "payload");
    List<@Nullable Task> others = new ArrayList<>();
    others.add(null);
    others.add(Task.of("other", "payload"));
    others.add(Task.of("task", "other"));
    others.add(task.withPriority(1));
    for (Task other : others) {
      QueueListener replacing =
          new QueueListener() {
            @Override
            @SuppressWarnings("NullAway")
            public Task pushing(String partition, Task each) {
              return other;
            }
          };
      assertThat(listeners(replacing).pushing("p", task, each -> {}))
          .as("instead of %s", other)
          .isSameAs(task);
    }
  }
}
