// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import dev.jetlane.driver.DriverEvents;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Collects the warnings of a driver. */
public final class Warnings implements DriverEvents {

  private final List<String> texts = new CopyOnWriteArrayList<>();

  /**
   * Returns the warnings.
   *
   * @return a copy, in order
   */
  public List<String> texts() {
    return List.copyOf(texts);
  }

  @Override
  public void warned(String text) {
    texts.add(text);
  }

  @Override
  public void exhausted(String partition, String taskId) {}

  @Override
  public void connectionLost() {}

  @Override
  public void connectionRestored() {}
}
