import type { ComponentProps, ReactElement } from 'react';

/*
 * The two components of framer-motion that GraphiQL uses, for tabs that can be dragged. Here they can't be: the library would be a fifth of
 * the page.
 */

type Group = ComponentProps<'ul'> & { readonly values: unknown; readonly axis: string; readonly onReorder: unknown };
type Item = Omit<ComponentProps<'li'>, 'value'> & { readonly value: unknown };

export const Reorder = {
  Group: ({ values: _values, axis: _axis, onReorder: _onReorder, ...props }: Group): ReactElement => <ul {...props} />,
  Item: ({ value: _value, ...props }: Item): ReactElement => <li {...props} />,
};
