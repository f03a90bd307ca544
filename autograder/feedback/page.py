def page(result, code): return "<html></html>"
