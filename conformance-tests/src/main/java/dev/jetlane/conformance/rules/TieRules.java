// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.DELAY;
import static dev.jetlane.conformance.harness.Capability.ORDERED_TIES;

import dev.jetlane.Delivery;
import dev.jetlane.Task;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/**
 * Rules of the order of tasks that become due at the same instant, for a queue with virtual time.
 */
public interface TieRules extends Rules {

  /** An outstanding task, and when it is due again. */
  final class Out {
    final Delivery delivery;
    final int number;
    long dueNanos;
    boolean givenBack;

    Out(Delivery delivery, int number, long dueNanos) {
      this.delivery = delivery;
      this.number = number;
      this.dueNanos = dueNanos;
    }
  }

  @Property
  @Requires(ORDERED_TIES)
  @Label(
      "ORDER-7 Redeliveries that become due at the same instant MUST come in the order "
          + "of the pushes")
  default void tiesComeInOrder(
      @ForAll @IntRange(min = 1, max = 30) int tasks,
      @ForAll @Size(max = 60) List<@IntRange(min = 0, max = 999) Integer> calls)
      throws Exception {
    Settings settings = Settings.PLAIN.withLeaseTicks(100);
    rules()
        .with(
            settings,
            scene -> {
              scene.push(tasks);
              List<Out> out = new ArrayList<>();
              for (Delivery delivery : scene.take(scene.partition.puller(), tasks)) {
                out.add(new Out(delivery, out.size(), due(scene, 100)));
              }
              rules().require(out.size() == tasks, () -> "received " + out.size() + " of " + tasks);
              for (int call : calls) {
                if (!out.isEmpty()) {
                  change(scene, out, out.get(call % out.size()), call / 30 % 7);
                }
              }
              scene.harness.advance(scene.ticks(200));
              out.sort(
                  Comparator.<Out>comparingLong(o -> o.dueNanos).thenComparingInt(o -> o.number));
              List<String> wanted = out.stream().map(o -> o.delivery.taskId()).toList();
              List<String> ids = Scene.ids(scene.pullNow());
              rules().require(ids.equals(wanted), () -> wanted + " were due, received " + ids);
            });
  }

  private static void change(Scene scene, List<Out> out, Out one, int how) {
    switch (one.givenBack ? -1 : how) {
      case 0, 1 -> {
        one.delivery.extend();
        one.dueNanos = due(scene, 100);
      }
      case 2, 3 -> {
        one.delivery.nak(scene.ticks(90 + how));
        one.dueNanos = due(scene, 90 + how);
        one.givenBack = true;
      }
      case 4 -> {
        one.delivery.ack();
        out.remove(one);
      }
      default -> scene.harness.advance(scene.ticks(1));
    }
  }

  private static long due(Scene scene, int ticks) {
    return scene.harness.nowNanos() + scene.ticks(ticks).toNanos();
  }

  @Property
  @Requires({DELAY, ORDERED_TIES})
  @Label("DELAY-12 Tasks that become due at the same instant MUST come in the order of the pushes")
  default void dueTiesComeInOrder(
      @ForAll @Size(min = 1, max = 20) List<@IntRange(min = 0, max = 3) Integer> ticksBetween)
      throws Exception {
    rules()
        .with(
            Settings.PLAIN,
            scene -> {
              Duration due = scene.ticks(100);
              for (int i = 0; i < ticksBetween.size(); i++) {
                String id = String.format("task-%02d", i);
                scene.partition.push(Task.of(id, "").withDelay(due));
                scene.harness.advance(scene.ticks(ticksBetween.get(i)));
                due = due.minus(scene.ticks(ticksBetween.get(i)));
              }
              scene.harness.advance(due);
              List<String> ids = Scene.ids(scene.pullNow());
              // The order must stay the same, because a task gets its place in the queue when it
              // becomes due.
              scene.harness.advance(scene.ticks(10));
              List<String> again = Scene.ids(scene.pullNow());
              List<String> wanted = ids.stream().sorted().toList();
              rules()
                  .require(
                      ids.size() == ticksBetween.size()
                          && ids.equals(wanted)
                          && again.equals(wanted),
                      () ->
                          "received in the order "
                              + ids
                              + ", and after their leases expired as "
                              + again);
            });
  }
}
