// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring;

import dev.jetlane.InvalidInputException;
import dev.jetlane.Partition;
import dev.jetlane.TaskQueue;
import java.util.List;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.core.env.Environment;

/**
 * Registers two beans for each name in {@code jetlane.partitions}, with that name as qualifier. For
 * "orders" these are the {@link Partition} {@code ordersPartition}, and {@code
 * ordersTypedPartition}, a {@link dev.jetlane.TypedPartition} of the type of the injection point.
 */
final class PartitionBeans implements BeanDefinitionRegistryPostProcessor {

  private static final String PROPERTY = "jetlane.partitions";

  private final Environment environment;
  private final BeanFactory beans;

  PartitionBeans(Environment environment, BeanFactory beans) {
    this.environment = environment;
    this.beans = beans;
  }

  @Override
  public void postProcessBeanDefinitionRegistry(BeanDefinitionRegistry registry) {
    List<String> names =
        Binder.get(environment).bind(PROPERTY, Bindable.listOf(String.class)).orElse(List.of());
    for (String name : names) {
      register(registry, name + "Partition", name, partition(name));
      register(registry, name + "TypedPartition", name, typedPartition(name));
    }
  }

  private static void register(
      BeanDefinitionRegistry registry, String bean, String name, RootBeanDefinition definition) {
    definition.addQualifier(new AutowireCandidateQualifier(Qualifier.class, name));
    registry.registerBeanDefinition(bean, definition);
  }

  private RootBeanDefinition partition(String name) {
    return new RootBeanDefinition(Partition.class, () -> open(name));
  }

  private Partition open(String name) {
    TaskQueue queue = beans.getBean(TaskQueue.class);
    try {
      return queue.partition(name);
    } catch (InvalidInputException e) {
      throw new InvalidConfigurationPropertyValueException(PROPERTY, name, e.rule());
    }
  }

  private static RootBeanDefinition typedPartition(String name) {
    RootBeanDefinition typed = new RootBeanDefinition(TypedPartitions.class);
    typed.setFactoryMethodName("of");
    typed.setScope(BeanDefinition.SCOPE_PROTOTYPE);
    typed.setAutowireMode(RootBeanDefinition.AUTOWIRE_CONSTRUCTOR);
    typed.getConstructorArgumentValues().addIndexedArgumentValue(0, name);
    return typed;
  }
}
