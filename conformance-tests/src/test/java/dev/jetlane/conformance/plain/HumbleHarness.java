// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.plain;

import dev.jetlane.QueueConfig;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.harness.Harness;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

/** A plain queue without any optional capability, which declares that. */
public final class HumbleHarness implements Harness {

  private final PlainHarness plain = new PlainHarness(HumbleHarness::tasks);

  private static PlainTasks tasks(QueueConfig config) {
    return new PlainTasks(config) {
      @Override
      boolean remembers(String id, long now) {
        return false;
      }

      @Override
      boolean full() {
        return false;
      }

      @Override
      boolean mayTakeNew() {
        return true;
      }

      @Override
      boolean usedUp(Item item) {
        return false;
      }

      @Override
      void deadLetter(Item item, String reason) {
        throw new UnsupportedOperationException("deadLetter");
      }

      @Override
      boolean hasLetter(String id) {
        throw new UnsupportedOperationException("redrive");
      }

      @Override
      long purge() {
        throw new UnsupportedOperationException("purge");
      }
    };
  }

  @Override
  public TaskQueue open(QueueConfig config) {
    return plain.open(QueueConfig.defaults().withLease(config.lease()));
  }

  @Override
  public Set<Capability> capabilities() {
    return EnumSet.noneOf(Capability.class);
  }

  @Override
  public void advance(Duration time) {
    plain.advance(time);
  }

  @Override
  public long nowNanos() {
    return plain.nowNanos();
  }

  @Override
  public Duration tick() {
    return plain.tick();
  }

  @Override
  public Duration tolerance() {
    return plain.tolerance();
  }

  @Override
  public void close() {
    plain.close();
  }
}
