// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring;

import dev.jetlane.TaskQueue;
import dev.jetlane.TypedPartition;
import org.springframework.beans.factory.InjectionPoint;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.DependencyDescriptor;
import org.springframework.core.ResolvableType;

/**
 * Creates the {@link TypedPartition} of an injection point, with the type argument of that point.
 */
final class TypedPartitions {

  private TypedPartitions() {}

  /**
   * Creates a bean.
   *
   * @throws IllegalStateException if the injection point names no type
   */
  static TypedPartition<?> of(
      String name,
      InjectionPoint point,
      ObjectProvider<TaskQueue> queue,
      ObjectProvider<PayloadCodec> payloads) {
    ResolvableType value = ((DependencyDescriptor) point).getResolvableType().getGeneric();
    if (value.resolve() == null) {
      throw new IllegalStateException(
          point.getMember() + ": a TypedPartition needs a type, such as TypedPartition<Order>");
    }
    return queue
        .getObject()
        .partition(name)
        .typed(ValueCodec.of(value.getType(), payloads::getIfAvailable));
  }
}
