// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import dev.jetlane.Delivery;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Rules of the notification that a lease is lost. */
public interface LostRules extends Rules {

  @Property
  @Label(
      "LOST-1 A holder that requests a notification MUST receive it when its lease expires "
          + "unsettled, and not before")
  default void isNotified(@ForAll @IntRange(min = 0, max = 9) int askedAfter) throws Exception {
    rules()
        .with(
            Settings.PLAIN,
            scene -> {
              Delivery delivery = pullOne(scene);
              scene.harness.advance(scene.ticks(askedAfter));
              LossNotice notice = new LossNotice(delivery);
              boolean early = notice.isDone() && !delivery.leaseExpired();
              rules().require(!early, () -> "notified although the lease has not expired");
              scene.advancePast(10 - askedAfter);
              scene.await(notice::isDone);
              rules()
                  .require(
                      notice.isDone() && delivery.leaseExpired(),
                      () -> "the lease expired without a notification");
            });
  }

  @Property
  @Label("LOST-2 A settled delivery MUST NOT report a lost lease")
  default void settledIsNotLost(@ForAll("settlements") String settlement) throws Exception {
    rules()
        .calmly(
            KeepRules.KEPT,
            scene -> {
              Delivery delivery = pullOne(scene);
              LossNotice notice = new LossNotice(delivery);
              switch (settlement) {
                case "ack" -> delivery.ack();
                case "nak" -> delivery.nak();
                case "nak later" -> delivery.nak(scene.ticks(3));
                default -> delivery.close();
              }
              scene.advancePast(41);
              LossNotice asked = new LossNotice(delivery);
              rules()
                  .require(
                      !notice.isDone() && !asked.isDone(),
                      () -> "after " + settlement + " the lease was reported as lost");
            });
  }

  @Property
  @Label("LOST-3 An extension MUST postpone the loss of a lease")
  default void extensionPostpones(@ForAll @IntRange(min = 1, max = 6) int after) throws Exception {
    rules()
        .calmly(
            KeepRules.KEPT,
            scene -> {
              Delivery delivery = pullOne(scene);
              LossNotice notice = new LossNotice(delivery);
              scene.harness.advance(scene.ticks(after));
              delivery.extend();
              scene.harness.advance(scene.ticks(40 - after));
              boolean early = notice.isDone() && !delivery.leaseExpired();
              rules().require(!early, () -> "notified although the lease was extended");
              scene.advancePast(after);
              scene.await(notice::isDone);
              rules()
                  .require(
                      notice.isDone(), () -> "the extended lease expired without a notification");
            });
  }

  @Example
  @Label(
      "LOST-4 If the lease is already lost, a requested notification MUST come immediately, "
          + "each time")
  default void lateRequestIsNotified() throws Exception {
    rules()
        .with(
            Settings.PLAIN,
            scene -> {
              Delivery delivery = pullOne(scene);
              scene.advancePast(10);
              boolean first = new LossNotice(delivery).isDone();
              boolean second = new LossNotice(delivery).isDone();
              rules()
                  .require(
                      first && second,
                      () -> "a lost lease was reported as lost: " + first + ", " + second);
            });
  }

  @Property
  @Label("LOST-5 After the close of its queue a delivery MUST NOT report a lost lease")
  default void closedDoesNotNotify(@ForAll boolean asked) throws Exception {
    rules()
        .calmly(
            KeepRules.KEPT,
            scene -> {
              scene.push(1);
              TaskQueue client = scene.client();
              Delivery delivery = scene.take(scene.puller(client.partition("p0")), 1).get(0);
              List<LossNotice> before = asked ? List.of(new LossNotice(delivery)) : List.of();
              client.close();
              LossNotice after = new LossNotice(delivery);
              scene.advancePast(41);
              scene.partition.stats();
              rules()
                  .require(
                      before.stream().noneMatch(LossNotice::isDone) && !after.isDone(),
                      () -> "a lost lease was reported after the close of the queue");
            });
  }

  @Example
  @Label("LOST-6 A holder MUST NOT be notified of a loss while its lease is kept")
  default void keptIsNotLost() throws Exception {
    rules()
        .calmly(
            KeepRules.KEPT,
            scene -> {
              scene.push(1);
              PullOptions kept = PullOptions.defaults().withKeepFor(scene.ticks(10_000));
              Delivery delivery = scene.take(scene.partition.puller(kept), 1).get(0);
              LossNotice notice = new LossNotice(delivery);
              scene.standStill(60);
              boolean isNotified = notice.isDone();
              rules()
                  .require(
                      !isNotified && !delivery.leaseExpired(),
                      () -> "kept for one and a half leases, notified of a loss: " + isNotified);
            });
  }

  private static Delivery pullOne(Scene scene) throws InterruptedException {
    scene.push(1);
    Puller puller = scene.puller();
    List<Delivery> pulled = scene.take(puller, 1);
    return pulled.get(0);
  }

  @Provide
  default Arbitrary<String> settlements() {
    return Arbitraries.of("ack", "nak", "nak later", "close");
  }

  /** Records whether a holder was notified. */
  final class LossNotice {

    private final CompletableFuture<Void> lost;

    private LossNotice(Delivery delivery) {
      lost = delivery.whenLeaseLost().toCompletableFuture();
    }

    boolean isDone() {
      return lost.isDone();
    }
  }
}
