// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.driver.LeasedDelivery;
import io.nats.client.impl.Headers;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The two limits of a batch, at their bounds. */
class PullBatchTest {

  @AutoClose private final PullScene scene = new PullScene();
  private final PullContext context = scene.context();

  private LeasedDelivery delivery(int bytes) {
    return scene.delivery(scene.lease(context, 1, new Headers(), "x".repeat(bytes)));
  }

  private boolean offer(PullBatch batch, int bytes) {
    LeasedDelivery delivery = delivery(bytes);
    boolean takes = batch.takes(delivery);
    if (takes) {
      batch.add(delivery);
    }
    return takes;
  }

  @Test
  void theNumberOfTasksIsLimited() {
    PullBatch batch = new PullBatch(2, Long.MAX_VALUE);
    assertThat(batch.isEmpty()).isTrue();
    assertThat(batch.room()).isEqualTo(2);
    assertThat(offer(batch, 1)).isTrue();
    assertThat(batch.room()).isEqualTo(1);
    assertThat(batch.isEmpty()).isFalse();
    assertThat(offer(batch, 1)).isTrue();
    assertThat(batch.room()).isZero();
    assertThat(offer(batch, 1)).isFalse();
    assertThat(batch.deliveries()).hasSize(2);
  }

  @Test
  void aTaskThatFillsTheBytesExactlyFits() {
    PullBatch batch = new PullBatch(10, 10);
    assertThat(offer(batch, 4)).isTrue();
    assertThat(batch.bytesLeft()).isEqualTo(6);
    assertThat(offer(batch, 6)).isTrue();
    assertThat(batch.bytesLeft()).isZero();
    assertThat(batch.room()).isZero();
    assertThat(offer(batch, 0)).isFalse();
  }

  @Test
  void aTaskAboveTheBytesEndsTheBatchSoThatNoLaterOneOvertakesIt() {
    PullBatch batch = new PullBatch(10, 10);
    assertThat(offer(batch, 4)).isTrue();
    assertThat(offer(batch, 7)).isFalse();
    assertThat(batch.room()).isZero();
    assertThat(offer(batch, 1)).isFalse();
  }

  @Test
  void aSingleTaskMayBeLarger() {
    PullBatch batch = new PullBatch(10, 10);
    assertThat(offer(batch, 11)).isTrue();
    assertThat(batch.bytesLeft()).isEqualTo(-1);
    assertThat(batch.room()).isZero();
  }

  @Test
  void aClosedBatchTakesNothing() {
    PullBatch batch = new PullBatch(10, 10);
    batch.close();
    assertThat(batch.room()).isZero();
    assertThat(offer(batch, 1)).isFalse();
  }

  @Test
  void aClearedBatchIsAsNew() {
    PullBatch batch = new PullBatch(2, 10);
    assertThat(offer(batch, 8)).isTrue();
    assertThat(offer(batch, 8)).isFalse();
    batch.clear();
    assertThat(batch.isEmpty()).isTrue();
    assertThat(batch.room()).isEqualTo(2);
    assertThat(batch.bytesLeft()).isEqualTo(10);
    assertThat(offer(batch, 8)).isTrue();
  }

  /** Each is moved to the dead letters once. */
  @Test
  void usedUpTasksAreRemovedOnceAndTakeNoRoom() {
    PullBatch batch = new PullBatch(2, 10);
    assertThat(batch.hasExhausted()).isFalse();
    assertThat(batch.removeExhausted()).isEmpty();
    NatsLease one = scene.lease(context, 9, new Headers(), "one");
    NatsLease two = scene.lease(context, 9, new Headers(), "two");
    batch.addExhausted(one);
    batch.addExhausted(two);
    assertThat(batch.hasExhausted()).isTrue();
    assertThat(batch.isEmpty()).isTrue();
    assertThat(batch.room()).isEqualTo(2);
    assertThat(batch.removeExhausted()).containsExactly(one, two);
    assertThat(batch.hasExhausted()).isFalse();
    assertThat(batch.removeExhausted()).isEmpty();
    batch.addExhausted(two);
    assertThat(batch.removeExhausted()).containsExactly(two);
  }
}
