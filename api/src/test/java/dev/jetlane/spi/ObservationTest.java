package dev.jetlane.spi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.TaskQueue;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ObservationTest {

  private static final Map<Class<?>, Class<?>> OBSERVED =
      Map.of(
          TaskQueue.class, ObservedQueue.class,
          Partition.class, ObservedPartition.class,
          Puller.class, ObservedPuller.class,
          Delivery.class, ObservedDelivery.class);

  /** A default method that is not passed on would hide what an implementation does there. */
  @TestFactory
  Stream<DynamicTest> everyMethodIsPassedOn() {
    return OBSERVED.entrySet().stream()
        .flatMap(
            pair ->
                Arrays.stream(pair.getKey().getDeclaredMethods())
                    .filter(method -> !Modifier.isStatic(method.getModifiers()))
                    .map(
                        method ->
                            DynamicTest.dynamicTest(
                                pair.getKey().getSimpleName() + "." + method.getName(),
                                () -> assertDeclares(pair.getValue(), method))));
  }

  private static void assertDeclares(Class<?> type, Method method) {
    List<Method> same =
        Arrays.stream(type.getDeclaredMethods())
            .filter(m -> m.getName().equals(method.getName()))
            .filter(m -> Arrays.equals(m.getParameterTypes(), method.getParameterTypes()))
            .toList();
    assertThat(same)
        .as("%s must pass on %s", type.getSimpleName(), method.toGenericString())
        .isNotEmpty();
  }

  @Test
  void withoutListenersNothingIsWrapped() {
    TaskQueue queue = new NoQueue();
    assertThat(Observation.by(List.of()).of(queue, System::nanoTime)).isSameAs(queue);
    assertThat(Observation.by(List.of())).isSameAs(Observation.NONE);
  }

  private static final class NoQueue implements TaskQueue {
    @Override
    public Partition partition(String name) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Health health() {
      return Health.up();
    }

    @Override
    public void close() {}
  }
}
