// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import dev.jetlane.Delivery;
import dev.jetlane.Puller;
import dev.jetlane.conformance.run.Background;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/** Rules of pulls that wait without a thread. */
public interface AsyncPullRules extends Rules {

  @Property
  @Label("PULL-17 An asynchronous pull MUST return before it completes, and complete like a pull")
  default void asyncPullPulls(@ForAll boolean pushed, @ForAll boolean before) throws Exception {
    rules()
        .with(
            scene -> {
              Puller puller = scene.puller();
              if (before) {
                scene.push(1);
              }
              int ticks = before || pushed ? 2_000 : 2;
              long start = scene.harness.nowNanos();
              CompletableFuture<List<Delivery>> pull = puller.pullAsync(3, scene.ticks(ticks));
              boolean early =
                  !before
                      && pull.isDone()
                      && scene.harness.nowNanos() - start < scene.ticks(ticks).toNanos();
              if (pushed && !before) {
                scene.pushOne("later");
              } else if (!before) {
                scene.advancePast(ticks);
              }
              List<Delivery> got = Background.of(pull).result();
              int expected = before || pushed ? 1 : 0;
              List<Delivery> rest = scene.pullNow();
              rules()
                  .require(
                      !early && got.size() == expected && rest.isEmpty(),
                      () ->
                          (early ? "completed before a task came; " : "")
                              + "expected "
                              + expected
                              + ", received "
                              + Scene.ids(got)
                              + ", then "
                              + Scene.ids(rest));
            });
  }

  @Property
  @Label("PULL-18 A cancelled asynchronous pull MUST complete soon, and MUST NOT take a task later")
  default void cancelledPullTakesNothing(@ForAll boolean again) throws Exception {
    rules()
        .with(
            scene -> {
              Puller puller = scene.puller();
              CompletableFuture<List<Delivery>> pull = puller.pullAsync(1, scene.ticks(2_000));
              boolean unused = pull.cancel(true);
              if (again) {
                unused = pull.cancel(true);
              }
              List<Delivery> none = Background.of(pull).result();
              scene.pushOne("task");
              List<Delivery> next = scene.pullSoon(1);
              rules()
                  .require(
                      none.isEmpty() && next.size() == 1 && next.get(0).attempt() == 1,
                      () -> "cancelled, it got " + Scene.ids(none) + "; then received " + next);
            });
  }

  @Example
  @Label("PULL-19 A receiver MUST NOT be able to complete the future of an asynchronous pull")
  default void receiversCannotComplete() throws Exception {
    rules()
        .with(
            scene -> {
              CompletableFuture<List<Delivery>> pull =
                  scene.puller().pullAsync(1, scene.ticks(2_000));
              boolean completed = pull.complete(List.of());
              completed |= pull.completeExceptionally(new IllegalStateException("the receiver's"));
              var unused = pull.completeAsync(List::of, Runnable::run);
              unused = pull.completeOnTimeout(List.of(), 0, TimeUnit.NANOSECONDS);
              boolean ended = completed || pull.isDone();
              scene.pushOne("task");
              List<Delivery> got = ended ? List.of() : Background.of(pull).result();
              rules()
                  .require(
                      !ended && got.size() == 1,
                      () -> "completed by its receiver: " + ended + "; it got " + got);
            });
  }
}
