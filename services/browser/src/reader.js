// What the page says to programs: its microdata, by the standard's rules as far as suppliers' pages need them.
(() => {
  const value = (element) => {
    switch (element.localName) {
      case "meta": return element.content;
      case "time": return element.getAttribute("datetime") ?? element.textContent.trim();
      case "data": return element.getAttribute("value") ?? "";
      case "a": return element.href;
      default: return element.textContent.trim();
    }
  };
  const item = (root) => {
    const properties = {};
    const gather = (parent) => {
      for (const child of parent.children) {
        const isItem = child.hasAttribute("itemscope");
        const name = child.getAttribute("itemprop");
        if (name) (properties[name] ??= []).push(isItem ? item(child) : value(child));
        if (!isItem) gather(child);
      }
    };
    gather(root);
    return { id: root.getAttribute("itemid") ?? root.id, properties };
  };
  const items = [...document.querySelectorAll("[itemscope]:not([itemprop])")].map(item);
  return { url: location.href, page: document.body?.id ?? "", title: document.title, items };
})()
