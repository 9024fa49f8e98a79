package dev.jetlane.spring;

import dev.jetlane.Partition;
import dev.jetlane.TaskQueue;
import java.util.List;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * Registers a {@link Partition} bean for each name in {@code jetlane.partitions}: {@code
 * ordersPartition} for "orders", which is its qualifier too.
 */
final class PartitionBeans implements BeanDefinitionRegistryPostProcessor {

  private final Environment environment;
  private final BeanFactory beans;

  PartitionBeans(Environment environment, BeanFactory beans) {
    this.environment = environment;
    this.beans = beans;
  }

  @Override
  public void postProcessBeanDefinitionRegistry(BeanDefinitionRegistry registry) {
    List<String> names =
        Binder.get(environment)
            .bind("jetlane.partitions", Bindable.listOf(String.class))
            .orElse(List.of());
    for (String name : names) {
      RootBeanDefinition partition =
          new RootBeanDefinition(
              Partition.class, () -> beans.getBean(TaskQueue.class).partition(name));
      partition.addQualifier(new AutowireCandidateQualifier(Qualifier.class, name));
      registry.registerBeanDefinition(name + "Partition", partition);
    }
  }
}
