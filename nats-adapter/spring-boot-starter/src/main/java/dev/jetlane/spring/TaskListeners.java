// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring;

import dev.jetlane.Partition;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.core.convert.ConversionException;

/**
 * The workers of all {@link TaskListener} methods. They start after the other beans and stop first:
 * all of them drain, and the shutdown continues when the last one has ended. A bean with such a
 * method must be a singleton, and exist at the start unless all its listeners are switched off:
 * otherwise its creation fails. Thread-safe.
 */
public final class TaskListeners implements BeanPostProcessor, SmartLifecycle {

  private static final Log LOG = LogFactory.getLog(TaskListeners.class);

  /** The time after its deadline at which a drain is interrupted. */
  private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private record Found(TaskListener listener, ListenerMethod method) {}

  private record Start(Found found, Partition partition, WorkerOptions options) {}

  private final ConfigurableBeanFactory beans;
  private final ObjectProvider<TaskQueue> queue;
  private final ObjectProvider<PayloadCodec> codec;
  private final ObjectProvider<QueueMeters> meters;
  private final ObjectProvider<JetlaneProperties> properties;
  private final List<Found> found = new CopyOnWriteArrayList<>();
  private volatile Map<String, Worker> workers = Map.of();

  /** Whether the workers were started, so that a further listener would have none; see add. */
  private volatile boolean started;

  TaskListeners(
      ConfigurableBeanFactory beans,
      ObjectProvider<TaskQueue> queue,
      ObjectProvider<PayloadCodec> codec,
      ObjectProvider<QueueMeters> meters,
      ObjectProvider<JetlaneProperties> properties) {
    this.beans = beans;
    this.queue = queue;
    this.codec = codec;
    this.meters = meters;
    this.properties = properties;
  }

  /**
   * Returns the running workers.
   *
   * @return the workers by the names of their methods, followed by {@code #2} and so on if several
   *     have one name; empty before the start and after the stop
   */
  public Map<String, Worker> workers() {
    return workers;
  }

  @Override
  public Object postProcessAfterInitialization(Object bean, String name) {
    List<Found> ofBean = new ArrayList<>();
    methodsOf(AopUtils.getTargetClass(bean))
        .forEach(
            (method, listener) -> {
              Method callable = AopUtils.selectInvocableMethod(method, bean.getClass());
              ofBean.add(
                  new Found(listener, new ListenerMethod(bean, callable, codec::getIfAvailable)));
            });
    if (!ofBean.isEmpty()) {
      add(ofBean, name);
    }
    return bean;
  }

  /** Adds the listeners of a bean: all, or none with an exception. */
  private void add(List<Found> ofBean, String bean) {
    Found first = ofBean.get(0);
    if (beans.containsBean(bean) && !beans.isSingleton(bean)) {
      throw new IllegalStateException(first.method + ": bean " + bean + " must be a singleton");
    }
    boolean enabled = ofBean.stream().anyMatch(this::isEnabled);
    synchronized (found) {
      if (started && enabled) {
        throw new IllegalStateException(
            first.method
                + ": bean "
                + bean
                + " was created after the start of the workers, so nothing would call it;"
                + " @Lazy must not be used with @TaskListener");
      }
      found.addAll(ofBean);
    }
  }

  /** Returns the methods of a type that are listeners. */
  static Map<Method, TaskListener> methodsOf(Class<?> type) {
    return AnnotationUtils.isCandidateClass(type, TaskListener.class)
        ? MethodIntrospector.selectMethods(
            type,
            (MethodIntrospector.MetadataLookup<@Nullable TaskListener>)
                method -> AnnotatedElementUtils.findMergedAnnotation(method, TaskListener.class))
        : Map.of();
  }

  /**
   * Starts the listeners on another queue than that of the application, such as the one of a
   * simulated process. Their beans are the same, so their state is that of an outside database: it
   * survives the crash of such a process. Blocks for at most two request timeouts for each
   * listener. If a listener cannot start, this closes the others, which may have tasks already.
   *
   * @param other the queue; its partitions are created if they do not exist
   * @return the workers by the names of their methods; the caller ends them, or closes the queue
   * @throws IllegalStateException if an attribute of a listener breaks its rule; no listener works
   */
  public Map<String, Worker> workOn(TaskQueue other) {
    List<Start> starts = new ArrayList<>();
    for (Found each : startable()) {
      Partition partition = other.partition(resolve(each.listener.partition()));
      starts.add(new Start(each, partition, options(each)));
    }
    Map<String, Worker> started = new LinkedHashMap<>();
    try {
      for (Start each : starts) {
        Worker worker = each.found.method.work(each.partition, each.options);
        started.put(nameOf(each.found, started.keySet()), worker);
      }
    } catch (RuntimeException | Error e) {
      started.values().forEach(Worker::close);
      throw e;
    }
    return Map.copyOf(started);
  }

  /** Returns a name that no other worker has, because overloads and two beans have one name. */
  private static String nameOf(Found each, Set<String> others) {
    String name = each.method.toString();
    String free = name;
    for (int number = 2; others.contains(free); number++) {
      free = name + "#" + number;
    }
    return free;
  }

  private List<Found> startable() {
    return found.stream().filter(this::isEnabled).toList();
  }

  @Override
  public void start() {
    synchronized (found) { // A bean that is created meanwhile is added before, or refused.
      started = true;
    }
    List<Found> startable = startable();
    if (startable.isEmpty()) {
      return;
    }
    TaskQueue own = queue.getObject();
    workers = workOn(own);
    meters.ifAvailable(present -> workers.values().forEach(present::watch));
    for (Found each : startable) {
      String partition = resolve(each.listener.partition());
      meters.ifAvailable(present -> present.watch(own.partition(partition)));
      LOG.info(each.method + " handles the tasks of partition " + partition);
    }
  }

  private boolean isEnabled(Found each) {
    String text = each.listener.autoStartup();
    return value(each, "autoStartup", text, Boolean.class, "must be true or false");
  }

  private WorkerOptions options(Found each) {
    String handlers = each.listener.concurrency();
    String time = each.listener.keepLeaseFor();
    return WorkerOptions.concurrency(
            value(each, "concurrency", handlers, Integer.class, "must be a whole number"))
        .withKeepFor(
            value(each, "keepLeaseFor", time, Duration.class, "must be a time such as 30m"));
  }

  /** Converts an attribute as Spring Boot converts a property, such as {@code on} to true. */
  private <T> T value(Found each, String attribute, String text, Class<T> type, String rule) {
    String resolved = resolve(text);
    ConversionException cause = null;
    try {
      T value = ApplicationConversionService.getSharedInstance().convert(resolved, type);
      if (value != null) {
        return value;
      }
    } catch (ConversionException e) {
      cause = e;
    }
    throw new IllegalStateException(
        each.method + ": " + attribute + " \"" + resolved + "\" " + rule, cause);
  }

  private String resolve(String text) {
    String resolved = beans.resolveEmbeddedValue(text);
    if (resolved == null) {
      throw new IllegalStateException("@TaskListener: " + text + " resolves to null");
    }
    return resolved;
  }

  @Override
  public void stop() {
    started = false;
    Map<String, Worker> stopping = workers;
    workers = Map.of();
    Duration deadline = properties.getObject().worker().drainTimeout();
    List<Thread> drains = new ArrayList<>();
    stopping.forEach(
        (name, worker) -> {
          Thread drain = new Thread(() -> drain(name, worker, deadline), "jetlane-drain-" + name);
          drain.start();
          drains.add(drain);
        });
    long untilNanos = System.nanoTime() + deadline.toNanos() + GRACE_NANOS;
    for (Thread drain : drains) {
      try {
        // A drain on the clock of a test, which stands still, does not see its deadline.
        drain.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(untilNanos - System.nanoTime())));
        drain.interrupt();
        drain.join();
      } catch (InterruptedException e) {
        stopping.values().forEach(Worker::close);
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void drain(String name, Worker worker, Duration deadline) {
    boolean inTime = false;
    try {
      inTime = worker.drain(deadline);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!inTime) {
      LOG.warn(name + " did not end within " + deadline + ": its tasks were given back");
    }
  }

  @Override
  public boolean isRunning() {
    return !workers.isEmpty();
  }

  @Override
  public int getPhase() {
    return DEFAULT_PHASE - 100;
  }
}
