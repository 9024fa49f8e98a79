// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.Health;
import dev.jetlane.Partition;
import dev.jetlane.QueueAdmin;
import dev.jetlane.TaskQueue;

/** A client that delegates all calls except the overridden one. */
class DelegatingQueue implements TaskQueue {

  private final TaskQueue delegate;
  private final Layers layers;

  DelegatingQueue(TaskQueue delegate, Layers layers) {
    this.delegate = delegate;
    this.layers = layers;
  }

  DelegatingQueue(TaskQueue delegate) {
    this(delegate, Layers.NONE);
  }

  @Override
  public Partition partition(String name) {
    return layers.partition().apply(new DelegatingPartition(delegate.partition(name), layers));
  }

  @Override
  public QueueAdmin admin() {
    return delegate.admin();
  }

  @Override
  public Health health() {
    return delegate.health();
  }

  @Override
  public void close() {
    delegate.close();
  }
}
